import json
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from core import audit_lines, tenancy
from core.models import Role, Workspace
from core.services import audit, audit_proof
from tests.conftest import ClientFor

URL = "/api/v1/monitoring/audit/"
TARGET = UUID("01a200e6-1860-724e-ab33-d68fc3c27c33")


@pytest.fixture
def entries(workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk):
        audit.record("workflow.paused", by="user ann", target="workflow", target_id=TARGET, reason="Too many.")
        audit.record("run.cancelled", by="user bob", target="run", after={"reason": "x"})


def found(api: APIClient, **wanted: str) -> list[str]:
    answer = api.get(URL, {**wanted})
    assert answer.status_code == 200, answer.json()
    return [row["action"] for row in answer.json()["results"]]


def test_the_newest_entries_come_first_with_their_place_in_the_chain(api: APIClient, entries: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as at the end of each transaction

    rows = api.get(URL).json()["results"]

    assert [row["seq"] for row in rows] == [4, 3, 2, 1]
    assert rows[0]["prev_hash"] == rows[1]["hash"]
    assert {key: rows[1][key] for key in ("actor", "action", "target", "target_id", "reason", "before", "after")} == {
        "actor": "user ann",
        "action": "workflow.paused",
        "target": "workflow",
        "target_id": str(TARGET),
        "reason": "Too many.",
        "before": None,
        "after": None,
    }


@pytest.mark.parametrize(
    "wanted",
    [{"actor": "user ann"}, {"action": "workflow.paused"}, {"target": "workflow"}, {"target_id": str(TARGET)}],
    ids=str,
)
def test_a_list_shows_what_is_asked_for(api: APIClient, entries: None, wanted: dict[str, str]) -> None:
    assert found(api, **wanted) == ["workflow.paused"]


def test_a_list_shows_a_period(api: APIClient, entries: None) -> None:
    now = timezone.now().isoformat()

    assert found(api, since=now) == []
    assert found(api, until=now, target="run") == ["run.cancelled"]


@pytest.mark.parametrize("wanted", [{"target_id": "x"}, {"since": "yesterday"}, {"who": "ann"}], ids=str)
def test_what_is_no_filter_is_refused(api: APIClient, wanted: dict[str, str]) -> None:
    assert api.get(URL, wanted).status_code == 400


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.EDITOR])
def test_only_admins_read_the_trail(client_for: ClientFor, workspace: Workspace, role: Role) -> None:
    assert client_for(workspace, role).get(URL).status_code == 403


def test_nobody_reads_the_trail_of_another_workspace(
    client_for: ClientFor, other_workspace: Workspace, entries: None
) -> None:
    assert found(client_for(other_workspace), target="workflow") == []


def test_a_change_over_http_is_audited_with_its_request_and_key(api: APIClient, workspace: Workspace) -> None:
    api.post("/api/v1/secrets/", {"name": "token", "value": "x"}, format="json", headers={"X-Request-Id": "r-7"})

    [row] = api.get(URL, {"target": "secret", "action": "secret.created", "limit": "1"}).json()["results"]
    assert (row["request_id"], row["after"], row["actor"][:7]) == ("r-7", {"name": "token"}, "key sq_")


def exported(api: APIClient, **wanted: str) -> list[str]:
    answer: Any = api.get(f"{URL}export/", wanted, headers={"Accept": "application/x-ndjson"})
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/x-ndjson"
    found: list[str] = b"".join(answer.streaming_content).decode().splitlines(keepends=True)
    return found


def test_an_export_has_all_that_proves_the_chain(
    api: APIClient, workspace: Workspace, entries: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.selectors.audit.BATCH", 2)  # more than one batch of five
    api.post("/api/v1/secrets/", {"name": "token", "value": "canary"}, "json", REMOTE_ADDR="203.0.113.7")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as at the end of each transaction

    lines = exported(api)

    rows = [json.loads(line) for line in lines]
    newest = api.get(URL).json()["results"][0]
    assert [row["seq"] for row in rows] == [1, 2, 3, 4, 5]
    assert audit_lines.verify(lines) == (5, newest["hash"], "")
    assert (rows[-1]["action"], rows[-1]["address"], newest["address"]) == ("secret.created", *["203.0.113.7"] * 2)
    assert rows[2]["address"] == ""
    assert audit_proof.verify(workspace).problem == ""
    assert "canary" not in "".join(lines)


def test_an_export_has_what_is_asked_for_and_knows_no_pages(api: APIClient, entries: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert [json.loads(line)["action"] for line in exported(api, actor="user ann")] == ["workflow.paused"]
    assert exported(api, until="2001-01-01") == []
    assert api.get(f"{URL}export/", {"limit": "1"}).status_code == 400


def test_an_export_is_of_one_workspace_and_for_admins(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace, entries: None
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert client_for(workspace, Role.EDITOR).get(f"{URL}export/").status_code == 403
    assert {json.loads(line)["workspace_id"] for line in exported(client_for(other_workspace))} == {
        str(other_workspace.pk)
    }


def test_the_address_behind_a_trusted_proxy_is_audited(api: APIClient, settings: Any) -> None:
    settings.SEQUITUR_TRUSTED_PROXIES = ["127.0.0.1/32"]

    api.post("/api/v1/secrets/", {"name": "token", "value": "x"}, "json", headers={"X-Forwarded-For": "6.6.6.6, ::1"})

    assert api.get(URL, {"action": "secret.created"}).json()["results"][0]["address"] == "::1"


def test_what_is_wrong_with_an_export_is_json(api: APIClient) -> None:
    answer = api.get(f"{URL}export/", {"since": "x"}, headers={"Accept": "application/x-ndjson"})

    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (400, "application/json", "invalid")
