"""The examples of docs/connections.md, run as they stand there."""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from pytest_httpserver import HTTPServer

from actions.connections.registry import connection_types
from actions.models import Connection
from actions.services import sealing
from core import tenancy
from core.models import Workspace
from tests import factories, oauth
from tests.documentation import blocks, chapter, page, run

TEXT = page("docs/connections.md")
KINDS, FIRST, CHANGE = blocks(chapter(TEXT, "The first connection"), "sh")
[AUTHORIZE] = blocks(chapter(TEXT, "OAuth 2.0"), "sh")
[LIMIT] = blocks(chapter(TEXT, "Which role may use which action type"), "sh")


def answers(said: str) -> list[Any]:
    """The JSON documents that the commands print, one after the other."""
    decoder, found = json.JSONDecoder(), []
    while said := said.strip():
        value, end = decoder.raw_decode(said)
        found.append(value)
        said = said[end:]
    return found


@pytest.fixture
def environment(
    workspace: Workspace, live_server: LiveServer, httpserver: HTTPServer, settings: Settings
) -> dict[str, str]:
    settings.SEQUITUR_OUTBOUND_ALLOW = ["127.0.0.1/32"]
    expected = {"Authorization": "Bearer crm-t0ken-value"}
    httpserver.expect_request("/me", headers=expected).respond_with_data("hello")
    url = httpserver.url_for("").rstrip("/")
    return {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace), "CRM": url}


@pytest.mark.django_db(transaction=True)
def test_the_first_connection_works_by_its_commands(workspace: Workspace, environment: dict[str, str]) -> None:
    said = answers(run(f"{KINDS}\n{FIRST}\n{CHANGE}", environment))

    types, created, found, seen, changed = said
    assert {each["key"] for each in types["results"]} == set(connection_types.keys())
    assert found == json.loads(re.findall(r'`(\{"ok".*?\})`', TEXT)[0])
    assert (created["secrets"], seen["secrets"], changed["role"]) == ({"token": "set"}, {"token": "set"}, "admin")
    assert "t0ken" not in json.dumps(said)
    with tenancy.scope(workspace.pk):
        assert sealing.unseal(Connection.objects.get()) == {"token": "crm-t0ken-of-today"}


@pytest.mark.django_db(transaction=True)
def test_a_person_agrees_by_the_commands(
    workspace: Workspace, environment: dict[str, str], httpserver: HTTPServer
) -> None:
    server = oauth.serve(httpserver)

    url = answers(run(AUTHORIZE, environment))[-1]["url"]
    brought = server.agree(url)
    back = f'curl -sS -G "$API/connections/oauth/callback" -d code={brought["code"]} -d state={brought["state"]}'
    said = run(back, environment)

    assert "calendar" in said
    assert "<h1>Connected</h1>" in said
    with tenancy.scope(workspace.pk):
        assert sealing.unseal(Connection.objects.get())["access_token"] == "access-token-1"


@pytest.mark.django_db(transaction=True)
def test_limits_are_set_by_the_command(workspace: Workspace, environment: dict[str, str]) -> None:
    [said] = answers(run(LIMIT, environment))

    workspace.refresh_from_db()
    assert said["roles"] == workspace.action_roles == {"http_request": "admin", "send_webhook": "nobody"}


def test_every_kind_stands_in_a_table_with_what_it_takes() -> None:
    rows = re.findall(r"^\| `(\w+)` \|([^|]*)\|([^|]*)\|$", chapter(TEXT, "The kinds"), flags=re.MULTILINE)

    assert len(rows) == 4
    for key, settings, secrets in rows:
        found = connection_types.get(key)
        named = {name for name in re.findall(r"`(\w+)`", settings) if name not in {"header", "query"}}
        assert named == set(found.settings_model.model_fields), key
        assert set(re.findall(r"`(\w+)`", secrets)) == set(found.secrets_model.model_fields) - found.obtained_secrets


def test_the_commands_for_keys_are_there(scope: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    [make] = re.findall(r"`(python -c .*?)`", TEXT)
    [rotate] = re.findall(r"`python manage.py (\w+)`", TEXT)

    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    key = run(make, {"PATH": path}).strip()
    call_command(rotate)

    assert len(key) == 44
    assert "Everything is under the newest key" in capsys.readouterr().out
