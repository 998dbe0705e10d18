"""The demonstration: a client of the API like any other, with a receiver of its own for the webhooks."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import requests

from core import signing
from workflows import timeline

Json = dict[str, Any]

WAIT_SECONDS = 60
POLL_SECONDS = 0.1
SECRET_NAME = "demo_signing_secret"  # noqa: S105  the name of a secret, not its value
SLUG = "demo-a-good-lead"
SHOWN_HEADERS = ("Idempotency-Key", "webhook-id", "webhook-timestamp", "webhook-signature")
DEFINITION = """
name: "Demo: a good lead"
trigger:
  type: lead.created
  filters: {{ demo_receiver: "{receiver}" }}
conditions:
  - {{ field: lead.score, operator: gte, value: 80 }}
actions:
  - id: prepare
    type: set_variables
    params:
      variables:
        full_name: "{{{{ lead.first_name }}}} {{{{ lead.last_name }}}}"
        call_on: "{{{{ today + 2 }}}}"
  - id: register
    type: http_request
    params:
      method: POST
      url: "{receiver}/leads"
      json: {{ name: "{{{{ run.variables.full_name }}}}", score: "{{{{ lead.score }}}}" }}
  - id: greet
    type: send_email
    params:
      to: "{{{{ lead.email }}}}"
      subject: "Welcome {{{{ lead.first_name }}}}"
      text: "We will call you on {{{{ run.variables.call_on }}}}."
  - id: tell_crm
    type: send_webhook
    params:
      url: "{receiver}/hooks/crm"
      payload: {{ event: lead.registered, crm_id: "{{{{ actions.register.output.body.id }}}}" }}
      signing_secret: "{{{{ secrets.demo_signing_secret }}}}"
  - id: note
    type: log_event
    params: {{ message: "Registered {{{{ run.variables.full_name }}}} as {{{{ actions.register.output.body.id }}}}" }}
"""
EVENT: Json = {
    "type": "lead.created",
    "data": {
        "lead": {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com", "score": 93},
    },
}


class DemoFailedError(Exception):
    """The demonstration did not go as it should."""


@dataclass
class Received:
    """What the receiver really got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Where the demo's requests go: answers 201 with an id, and remembers."""

    url: str
    received: list[Received] = field(default_factory=list)


@dataclass
class Client:
    """The API by name."""

    base_url: str
    api_key: str

    def call(self, method: str, path: str, *, expect: tuple[int, ...] = (200, 201, 202), **kwargs: Any) -> Json:
        """The JSON of the answer. Raises `DemoFailedError` for another status than expected."""
        headers = {"Authorization": f"Bearer {self.api_key}", **kwargs.pop("headers", {})}
        url = f"{self.base_url}/api/v1/{path}"
        response = requests.request(method, url, headers=headers, timeout=10, allow_redirects=False, **kwargs)
        if response.status_code not in expect:
            raise DemoFailedError(f"{method} {path} was answered with {response.status_code}: {response.text[:2000]}")
        answer: Json = response.json()
        return answer


def show(base_url: str, *, api_key: str, say: Callable[[str], object]) -> None:
    """Create and publish a workflow, post an event, wait for its run, and say all that came of it.

    Raises `DemoFailedError` when anything was not as it should be, `SignatureError` for a webhook signed wrongly.
    """
    client = Client(base_url, api_key)
    with receiving() as receiver:
        secret = signing.new_secret()
        client.call("POST", "secrets/", json={"name": SECRET_NAME, "value": secret})
        workflow = _publish(client, DEFINITION.format(receiver=receiver.url))
        say(f"Published the workflow {workflow['name']!r}, version {workflow['version']['number']}.")
        data = {**EVENT["data"], "demo_receiver": receiver.url}
        event = client.call("POST", "events/", json={**EVENT, "data": data})
        say(f"Posted the event {event['type']}: {event['id']}.\n")
        run = _wait(client, workflow["id"], event["uid"])
        for line in timeline.lines(run):
            say(line)
        for line in _received(receiver, secret):
            say(line)
    _judge(run, receiver)
    say("\nEverything is as it should be. `make up` keeps it running.")


def _publish(client: Client, definition: str) -> Json:
    yaml: Json = {"headers": {"Content-Type": "application/yaml"}, "data": definition.encode()}
    answer = client.call("POST", "workflows/", expect=(201, 409), **yaml)
    if answer.get("code") == "conflict":
        answer = client.call("PUT", f"workflows/{SLUG}/", **yaml)
    return client.call("POST", f"workflows/{answer['id']}/publish/")


def _wait(client: Client, workflow_id: str, event_uid: str) -> Json:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        rows = client.call("GET", f"workflows/{workflow_id}/runs/?limit=10")["results"]
        mine = [row for row in rows if row["event"]["uid"] == event_uid]
        if mine and mine[0]["finished_at"]:
            return client.call("GET", f"workflow-runs/{mine[0]['id']}/")
        time.sleep(POLL_SECONDS)
    raise DemoFailedError(f"The run did not finish within {WAIT_SECONDS} seconds.")


def _received(receiver: Receiver, secret: str) -> Iterator[str]:
    yield "\nWhat the receiver got"
    for item in receiver.received:
        yield f"  {item.method} {item.path}  {item.body.decode()}"
        for name in SHOWN_HEADERS:
            if value := item.headers.get(name.lower()):
                yield f"      {name}: {value}"
        if "webhook-signature" in item.headers:
            signing.verify(item.body, headers=item.headers, secrets=[secret], now=datetime.now(UTC))
            yield "      the signature is valid"


def _judge(run: Json, receiver: Receiver) -> None:
    if run["status"] != "completed":
        raise DemoFailedError(f"The run ended as {run['status']}: {json.dumps(run['error'])}")
    paths = [item.path for item in receiver.received]
    if paths != ["/leads", "/hooks/crm"]:
        raise DemoFailedError(f"The receiver was to get one request on /leads and one on /hooks/crm, and got {paths}.")


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of this machine, for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        """Answers every POST."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received("POST", self.path, headers, body))
            answer = json.dumps({"id": f"crm-{len(receiver.received)}"}).encode()
            self.send_response(201)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's signature
            """Keep the demo's output to the demo."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
