"""Secrets are readable nowhere: values are planted where secrets live, and looked for in all that is stored and shown.

To add a connection, add a line to `CONNECTIONS`; to add a way in which a service shows a secret, one to `ECHOES`.
"""

import base64
import json
import logging
import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from rest_framework.test import APIClient
from werkzeug import Request, Response

from actions.services import connections, trying
from core import tenancy
from core.models import DeadLetter, IdempotentAnswer, Workspace, WorkspaceRow
from core.services import redriving, secrets
from tests import factories, oauth, runner
from triggers.services import matching
from workflows.engine.repairs import Target
from workflows.models import CircuitMark, FlowState, Gathering, Repair, RepairItem, Run, WorkflowTest
from workflows.services.bulk import requesting, table, working
from workflows.services.bulk.filters import RunFilter
from workflows.services.bulk.requesting import Request as Wanted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_is_allowed")]

MARK = "c4n4ry"  # in every planted value, and in nothing else

# What is there when things go wrong, and what is kept of what was asked for.
KEPT = (DeadLetter, FlowState, Gathering, CircuitMark, Repair, RepairItem, WorkflowTest, IdempotentAnswer)


def canary(name: str) -> str:
    """A secret value: long, with what URLs, JSON and HTML escape."""
    return f"{MARK}/{name}+&<x>=\"'{MARK}-{name}"


# Connections by name: the kind, the settings, with `{url}` for the server, and the secret fields.
CONNECTIONS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "bearer": ("http_bearer", {"base_url": "{url}"}, {"token": f"{MARK}-bearer-value"}),
    "basic": ("http_basic", {"base_url": "{url}", "username": "ada"}, {"password": canary("basic")}),
    "key_in_header": ("http_api_key", {"base_url": "{url}"}, {"key": f"{MARK}-api-key-value"}),
    "key_in_query": (
        "http_api_key",
        {"base_url": "{url}", "place": "query", "parameter": "k"},
        {"key": canary("query")},
    ),
    "refused": (
        "oauth2",
        {"base_url": "{url}", "grant": "client_credentials", "token_url": "{url}/refuse", "client_id": "us"},
        {"client_secret": canary("refused")},
    ),
    "refused_in_body": (
        "oauth2",
        {
            "base_url": "{url}",
            "grant": "client_credentials",
            "token_url": "{url}/refuse",
            "client_id": "us",
            "auth_style": "body",
        },
        {"client_secret": canary("refused-in-body")},
    ),
    "renewed": (
        "oauth2",
        {"base_url": "{url}", "authorize_url": "{url}/authorize", "token_url": "{url}/token", "client_id": "us"},
        {"client_secret": canary("client"), "refresh_token": canary("refresh")},
    ),
}
BREAKER = {"failures": 9, "window_seconds": 300, "pause_seconds": 60}
# What the server answers at a path: status, and a body that shows what it was sent.
ECHOES: dict[str, int] = {"/good": 200, "/denied": 401, "/broken": 500}


@pytest.fixture
def loopback_is_allowed(settings: Settings) -> None:
    settings.SEQUITUR_OUTBOUND_ALLOW = ["127.0.0.1/32"]


@pytest.fixture
def server(httpserver: HTTPServer) -> HTTPServer:
    """Echoes all that it is sent, in several encodings, and hands out tokens that are canaries too."""
    tokens = oauth.serve(httpserver)
    tokens.prefix = f"{MARK}-"
    httpserver.expect_request("/refuse").respond_with_handler(_refuse)
    for path, status in ECHOES.items():
        httpserver.expect_request(path).respond_with_handler(partial(_echo, status=status))
    return httpserver


def _refuse(request: Request) -> Response:
    """As a token server that repeats what it was sent."""
    said = [*(f"{name}: {value}" for name, value in request.headers), *request.form.values()]
    body = {"error": "invalid_client", "error_description": " ".join(said[::-1])}
    return Response(json.dumps(body), 401, content_type="application/json")


def _echo(request: Request, *, status: int) -> Response:
    """What was sent: as it is, in JSON inside JSON, in URLs, and in base64."""
    values = [*(f"{name}: {value}" for name, value in request.headers), *request.args.values()]
    plain = "\n".join(values)
    nested = json.dumps({"query": request.query_string.decode(), "values": values})
    again = base64.b64encode(plain.encode()).decode()
    body = json.dumps(
        {
            "plain": plain,
            "nested": nested,
            "url": [quote(plain), quote_plus(plain)],
            "again": again,
            "body": request.get_json(silent=True),
        }
    )
    return Response(body, status, content_type="application/json")


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[logging.LogRecord]]:
    """Everything that is logged, by structlog and by the libraries."""
    with caplog.at_level(logging.DEBUG):
        yield caplog.records


def _actions(server: HTTPServer) -> Iterator[dict[str, Any]]:
    """For each echo an action through every connection, and one with a secret in a header."""
    for path in ECHOES:
        for name in CONNECTIONS:
            yield {"type": "test_connected", "params": {"connection": name, "path": path}, "allow_failure": True}
        sent = {"headers": {"X-Key": "{{ secrets.crm_key }}"}, "json": {"note": "{{ secrets.crm_key }}"}}
        params = {"url": server.url_for(path), "method": "POST", **sent}
        yield {"type": "http_request", "params": params, "allow_failure": True}
    yield {"type": "log_event", "params": {"message": "with {{ secrets.crm_key }}"}}
    yield {"type": "test_trying", "params": {"raises": True, "note": "{{ secrets.crm_key }}"}, "allow_failure": True}


@pytest.fixture
def done(workspace: Workspace, server: HTTPServer, api: APIClient) -> None:
    """A workflow that sends every secret to a server that shows them all, with success and with failure."""
    url = server.url_for("").rstrip("/")
    with tenancy.scope(workspace.pk):
        secrets.put(name="crm_key", value=canary("secret"))
        for name, (kind, settings, values) in CONNECTIONS.items():
            given = json.loads(json.dumps(settings).replace("{url}", url))
            given |= {"test_path": "/denied"} if "base_url" in given else {}
            row = connections.create(name=name, kind=kind, settings_=given, secrets=values)
            trying.test(row)
    retry = {"retry": {"max_attempts": 1}}
    actions = [{"id": f"a{number}", **each, **retry} for number, each in enumerate(_actions(server))]
    flow = factories.published(workspace, factories.definition(*actions))
    event = factories.event(workspace)
    matching.match(event.pk)
    runner.drain()
    kept = {"name": "As it came", "event_id": str(event.pk)}
    url = f"/api/v1/workflows/{flow.pk}/tests/"
    assert api.post(url, kept, format="json", headers={"Idempotency-Key": "k1"}).status_code == 201
    _held_buried_and_repaired(workspace, server)


def _held_buried_and_repaired(workspace: Workspace, server: HTTPServer) -> None:
    """The same secrets where things go wrong: runs that are held back, gathered, dead, tried again and repaired."""
    sent = {"headers": {"X-Key": "{{ secrets.crm_key }}"}, "json": {"note": "{{ secrets.crm_key }}"}}
    params = {"url": server.url_for("/broken"), "method": "POST", **sent}
    dies = {"type": "http_request", "params": params, "retry": {"max_attempts": 1}}
    for name, held in (
        ("Limited", {"rate_limit": {"limit": 2, "per_seconds": 3600}, "circuit_breaker": BREAKER}),
        ("Batched", {"batch": {"max_events": 9, "seconds": 3600}}),
    ):
        trigger = {"type": "lead.lost"}
        factories.published(workspace, factories.definition(dies, name=name, trigger=trigger, settings=held))
    for _ in range(3):
        matching.match(factories.event(workspace, "lead.lost").pk)
    runner.drain()
    with tenancy.scope(workspace.pk):
        redriving.redrive(DeadLetter.objects.earliest("pk").pk, by="ada", reason="again")
        found = table.find(Target.RUN, "replay")
        failed = RunFilter(ids=[*Run.objects.filter(status="failed").values_list("pk", flat=True)])
        wanted = Wanted(found, failed, found.options(), len(failed.ids or ()), by="ada", reason="again")
        repair = requesting.request(wanted).repair
    working.work(repair.pk)
    runner.drain()


def _found(text: str) -> list[str]:
    """The places where a canary is readable, in any encoding that matters."""
    marks = [MARK, quote(canary("x"))[:6], MARK.upper()]
    for offset in range(3):
        raw = b"\0" * offset + MARK.encode()
        marks.append(base64.b64encode(raw).decode()[(0, 2, 3)[offset] : (offset + len(MARK)) * 8 // 6])
    pattern = "|".join(map(re.escape, dict.fromkeys(marks)))
    return [text[max(match.start() - 80, 0) : match.end() + 40] for match in re.finditer(pattern, text)]


def _columns() -> Iterator[tuple[str, str]]:
    """Every column of text or JSON of every table, but for those that are encrypted."""
    encrypted = {
        (model._meta.db_table, field)
        for model in apps.get_models()
        if issubclass(model, WorkspaceRow)
        for field in model.encrypted_fields
    }
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() "
            "AND data_type IN ('text', 'character varying', 'json', 'jsonb', 'ARRAY', 'character', 'bytea')"
        )
        yield from (pair for pair in cursor.fetchall() if pair not in encrypted)


def test_no_column_of_any_table_holds_a_secret(done: None) -> None:
    found = []
    for name, column in _columns():
        with database.cursor() as cursor:
            cursor.execute(f'SELECT "{column}"::text FROM "{name}" WHERE "{column}" IS NOT NULL')
            found += [(name, column, place) for (text,) in cursor.fetchall() for place in _found(text)]

    assert found == []


def test_what_was_planted_would_be_found(done: None, server: HTTPServer) -> None:
    sent = [json.dumps([dict(request.headers), request.url]) for request, _ in server.log]
    with database.cursor() as cursor:
        cursor.execute("SELECT status, count(*) FROM workflows_actionrun GROUP BY status")
        states = dict(cursor.fetchall())

    assert sum(bool(_found(text)) for text in sent) >= len(ECHOES) * (len(CONNECTIONS) - 1)
    assert set(states) == {"completed", "failed"}
    with tenancy.unscoped("the test looks at every row"):
        assert [model.__name__ for model in KEPT if not model._default_manager.exists()] == []
    assert _found(base64.b64encode(b"ada:" + canary("basic").encode()).decode())
    assert _found(quote(canary("basic"), safe=""))


def test_no_log_line_holds_a_secret(logged: list[logging.LogRecord], done: None) -> None:
    ours = [record for record in logged if record.name != "werkzeug"]  # the server that the tests send to

    assert {"tests.action_types", "actions.outbound.door", "workflows.services.performing"} <= {
        record.name for record in ours
    }
    assert _found(" ".join(f"{record.getMessage()} {record.__dict__!r}" for record in ours)) == []


def _urls(api: APIClient) -> Iterator[str]:
    """Every GET of the API, with the rows there are in the place of ids."""
    paths = api.get("/api/schema/", {"format": "json"}).json()["paths"]
    for path in (path for path, calls in paths.items() if "get" in calls):
        if "{" not in path:
            yield path
            continue
        listing = path.partition("{")[0]
        rows = api.get(listing).json().get("results", []) if listing in paths else []
        for row in rows:
            yield re.sub(r"\{[^}]+\}", str(row.get("id") or row.get("type")), path)


def test_no_answer_of_the_api_holds_a_secret(done: None, api: APIClient) -> None:
    urls = [*_urls(api)]

    answers = {url: api.get(url).getvalue().decode() for url in urls}  # one is streamed

    assert {"/api/v1/connections/", "/api/v1/secrets/"} <= set(urls)
    assert any("/runs/" in url for url in urls)
    assert [(url, place) for url, text in answers.items() for place in _found(text)] == []


def test_no_page_of_the_admin_holds_a_secret(done: None, client: Client) -> None:
    client.force_login(User.objects.create_superuser("operator"))
    found = []
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        with tenancy.unscoped("the test looks at every row"):
            pages = [reverse(f"{name}_change", args=[row.pk]) for row in model._default_manager.all()[:100]]
        for url in (reverse(f"{name}_changelist"), *pages):
            found += [(url, place) for place in _found(client.get(url).content.decode())]

    assert found == []
