"""Who sends events and answers questions: clients of the API that try again until they are answered."""

import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import psycopg
import requests

from tests.chaos.shapes import Shape
from tests.chaos.stage import Stage

Json = dict[str, Any]
TIMEOUT_SECONDS = 10
PAUSE_SECONDS = 0.2
MOST_TRIES = 300  # of one event: a minute at the least
SENT_TWICE = 0.1  # of the events


@dataclass(frozen=True, slots=True)
class Sent:
    """An event as it was sent, and the workflow that has to run for it."""

    id: str
    type: str
    data: Mapping[str, Any]


@dataclass
class Client:
    """Calls the API with the admin's key. `answers` counts statuses, and words for what was none."""

    stage: Stage
    answers: Counter[str] = field(default_factory=Counter)

    def post(self, path: str, body: Json | str) -> requests.Response | None:
        """One try; None when there was no answer."""
        is_text = isinstance(body, str)
        try:
            response = requests.post(
                f"{self.stage.url}/{path}",
                data=body if is_text else None,
                json=None if is_text else body,
                headers={
                    "Authorization": f"Bearer {self.stage.key}",
                    "Content-Type": "application/yaml" if is_text else "application/json",
                },
                timeout=TIMEOUT_SECONDS,
            )
        except requests.RequestException as error:
            self.answers[type(error).__name__] += 1
            return None
        self.answers[str(response.status_code)] += 1
        return response

    def publish(self, shape: Shape, *, receiver: str) -> str:
        """Publish a workflow; returns "" or why it could not be."""
        made = self.post("workflows/", shape.document(receiver))
        if made is None or made.status_code != 201:
            return f"not stored: {made.text[:300] if made is not None else 'no answer'}"
        published = self.post(f"workflows/{made.json()['id']}/publish/", {})
        if published is None or published.status_code != 200:
            return f"not published: {published.text[:300] if published is not None else 'no answer'}"
        return ""


def events(shapes: Sequence[Shape], *, number: int, random: Random) -> list[Sent]:
    """So many events, all shapes in turn, in a random order."""
    starting = [shape for shape in shapes if shape.starts]
    made = [
        Sent(f"event-{each}", starting[each % len(starting)].event_type, {"number": each, "items": list(range(4))})
        for each in range(number)
    ]
    random.shuffle(made)
    return made


class Sender(threading.Thread):
    """Sends events at an even pace, each until it is accepted, some of them twice."""

    def __init__(self, client: Client, events: Sequence[Sent], *, seconds: float, random: Random) -> None:
        super().__init__(name="sender", daemon=True)
        self.client, self.events, self.seconds, self.random = client, events, seconds, random
        self.accepted: set[str] = set()

    def run(self) -> None:
        begun = time.monotonic()
        for number, event in enumerate(self.events, start=1):
            times = 2 if self.random.random() < SENT_TWICE else 1
            for _ in range(times):
                self.send(event)
            time.sleep(max(0.0, begun + self.seconds * number / len(self.events) - time.monotonic()))

    def send(self, event: Sent) -> None:
        for _ in range(MOST_TRIES):
            answer = self.client.post("events/", {"id": event.id, "type": event.type, "data": dict(event.data)})
            if answer is not None and answer.status_code == 202:
                self.accepted.add(event.id)
                return
            time.sleep(PAUSE_SECONDS)


class People(threading.Thread):
    """Approves what asks for it, and sends the events that runs wait for, again and again until they go on."""

    WAITING = """
        SELECT action.id::text, action.run_id::text, action.type, event.data FROM workflows_actionrun action
        JOIN workflows_run run ON run.id = action.run_id JOIN triggers_event event ON event.id = run.event_id
        WHERE action.status = 'waiting' AND action.type IN ('approval', 'wait_for_event')
    """

    def __init__(self, client: Client) -> None:
        super().__init__(name="people", daemon=True)
        self.client, self.is_over = client, threading.Event()
        self.replies = 0

    def run(self) -> None:
        while not self.is_over.wait(1):
            try:
                with self.client.stage.database() as connection:
                    waiting = connection.execute(self.WAITING.encode()).fetchall()
            except psycopg.Error:  # it is being restarted
                continue
            for action, run, type_, data in waiting:
                self.answer(action, run, type_, data)

    def answer(self, action: str, run: str, type_: str, data: Json) -> None:
        if type_ == "approval":
            decision = "approved" if data["number"] % 2 else "rejected"
            self.client.post(f"workflow-runs/{run}/actions/{action}/decide/", {"decision": decision})
        else:
            self.replies += 1
            body = {"id": f"reply-{self.replies}", "type": "chaos.reply", "data": {"number": data["number"]}}
            self.client.post("events/", body)
