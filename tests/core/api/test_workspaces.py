import json
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from pytest_django import Settings
from rest_framework.test import APIClient

from core import tenancy
from core.models import AuditEntry, Role, Workspace
from core.services import workspaces
from tests import factories
from tests.conftest import ClientFor
from tests.core.api.test_members import signed_in, user_named
from tests.envelopes import envelope, refused

URL = "/api/v1/workspaces/"


def at(workspace: Workspace) -> str:
    return f"{URL}{workspace.slug}/"


def test_a_person_sees_their_workspaces_and_no_other(workspace: Workspace, other_workspace: Workspace) -> None:
    ann = user_named("ann", workspace)
    factories.WorkspaceFactory.create()
    workspaces.add_member(other_workspace, user=ann, role=Role.VIEWER)

    found = signed_in(ann).get(URL).json()["results"]

    assert [(row["slug"], row["role"], row["is_owner"]) for row in found] == sorted(
        [(workspace.slug, "admin", True), (other_workspace.slug, "viewer", False)]
    )


def test_a_key_sees_its_own_workspace(api: APIClient, workspace: Workspace, other_workspace: Workspace) -> None:
    assert [row["slug"] for row in api.get(URL).json()["results"]] == [workspace.slug]
    assert api.get(at(workspace)).json()["slug"] == workspace.slug
    for path in (at(other_workspace), f"{URL}nowhere/", f"{at(other_workspace)}quotas/"):
        refused(api.get(path), status=404, code="not_found")


def test_the_url_says_which_workspace_a_session_means(workspace: Workspace, other_workspace: Workspace) -> None:
    ann = user_named("ann", workspace)
    workspaces.add_member(other_workspace, user=ann, role=Role.VIEWER)
    stranger = factories.WorkspaceFactory.create()
    client = signed_in(ann, workspace)

    assert client.get(at(other_workspace)).json()["slug"] == other_workspace.slug
    refused(client.patch(at(other_workspace), {"name": "x"}, format="json"), status=403, code="forbidden")
    refused(client.patch(at(stranger), {"name": "x"}, format="json"), status=404, code="not_found")
    assert client.patch(at(workspace), {"name": "x"}, format="json").json()["name"] == "x"


def test_staff_makes_workspaces_and_where_it_is_open_everybody(db: None, settings: Settings) -> None:
    ann, staff = user_named("ann"), factories.UserFactory.create(is_staff=True)
    body = {"slug": "acme", "name": "Acme"}

    refused(signed_in(ann).post(URL, body, format="json"), status=403, code="forbidden")
    made = signed_in(staff).post(URL, body, format="json")
    settings.SEQUITUR_OPEN_WORKSPACES = True
    taken = signed_in(ann).post(URL, body, format="json")
    own = signed_in(ann).post(URL, {**body, "slug": "own"}, format="json")

    assert (made.status_code, made.json()["slug"], own.status_code) == (201, "acme", 201)
    refused(taken, status=409, code="conflict")
    [listed] = signed_in(ann).get(URL).json()["results"]
    assert (listed["slug"], listed["is_owner"]) == ("own", True)


@pytest.mark.parametrize("slug", ["", "Not a slug", "a/b", "x" * 64, "a\n"], ids=repr)
def test_what_is_no_slug_is_refused(db: None, slug: str) -> None:
    staff: User = factories.UserFactory.create(is_staff=True)

    answer = signed_in(staff).post(URL, {"slug": slug, "name": "Acme"}, format="json")

    assert [each["path"] for each in refused(answer, status=400, code="invalid")] == ["/slug"]


def test_a_key_makes_no_workspace(api: APIClient) -> None:
    refused(api.post(URL, {"slug": "acme", "name": "Acme"}, format="json"), status=403, code="forbidden")


def test_what_is_given_is_replaced_and_audited_once_with_what_was_there(api: APIClient, workspace: Workspace) -> None:
    changes = {
        "name": "Acme",
        "time_zone": "Europe/Amsterdam",
        "settings": {"tier": "gold"},
        "variables": {"limit": 3},
        "limits": {"max_workflows": 5},
        "flow": {"defaults": {"cooldown_seconds": 60}},
        "outbound": {"deny": ["*.example.com"]},
        "action_roles": {"log_event": "admin"},
    }

    answers = [api.patch(at(workspace), changes, format="json") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert {name: answers[1].json()[name] for name in changes} == changes
    with tenancy.scope(workspace.pk):
        [entry] = AuditEntry.objects.filter(action="workspace.changed")
    assert entry.after == changes
    assert (entry.before or {})["limits"] == {}
    assert set(entry.before or {}) == set(changes)


def test_the_trail_says_which_columns_changed_and_neither_secrets_nor_all_of_it(
    api: APIClient, workspace: Workspace
) -> None:
    changes: dict[str, Any] = {
        "variables": {"api_token": "hunter2", "text": "x" * 900_000},
        "settings": {f"name_{number}": "y" * 100 for number in range(1000)},
        "time_zone": "Europe/Amsterdam",
        "name": "Acme",
    }

    cleared: dict[str, Any] = {"variables": {}, "settings": {}}
    for given in (changes, cleared):
        assert api.patch(at(workspace), given, format="json").status_code == 200

    with tenancy.scope(workspace.pk):
        first, second = AuditEntry.objects.filter(action="workspace.changed").order_by("seq")
    after, before = first.after or {}, second.before or {}
    assert (set(after), set(before)) == (set(changes), {"variables", "settings"})
    assert (after["name"], after["time_zone"]) == ("Acme", "Europe/Amsterdam")
    assert after["variables"]["api_token"] == "[redacted]"
    assert max(len(json.dumps(said)) for said in (after, before)) < 9 * 1024
    assert "hunter2" not in json.dumps([after, before])


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": " "}, "/name"),
        ({"name": None}, "/name"),
        ({"time_zone": "Mars/Base"}, "/time_zone"),
        ({"time_zone": ["UTC"]}, "/time_zone"),
        ({"settings": []}, "/settings"),
        ({"variables": "x"}, "/variables"),
        ({"limits": {"max_workflows": 1_000_000_000}}, "/limits"),
        ({"limits": {"other": 1}}, "/limits"),
        ({"flow": []}, "/flow"),
        ({"outbound": {"deny": 1}}, "/outbound"),
        ({"action_roles": {"no_such": "admin"}}, "/action_roles/no_such"),
        ({"slug": "new"}, "/slug"),
    ],
    ids=str,
)
def test_what_cannot_stand_there_is_refused_at_its_place_and_nothing_changes(
    api: APIClient, workspace: Workspace, changes: dict[str, Any], path: str
) -> None:
    body = {"name": "Changed", **changes}

    problems = refused(api.patch(at(workspace), body, format="json"), status=400, code="invalid")

    assert {each["path"] for each in problems} == {path}
    assert Workspace.objects.get(pk=workspace.pk).name == workspace.name


def test_the_weight_is_for_operators(api: APIClient, workspace: Workspace) -> None:
    staff: User = factories.UserFactory.create(is_staff=True)
    workspaces.add_member(workspace, user=staff, role=Role.ADMIN)

    answer = api.patch(at(workspace), {"weight": 3}, format="json")
    refused(answer, status=403, code="forbidden")
    assert "Only operators change `weight`" in envelope(answer)["detail"]
    wrong = signed_in(staff).patch(at(workspace), {"weight": 101}, format="json")
    assert [each["path"] for each in refused(wrong, status=400, code="invalid")] == ["/weight"]
    assert signed_in(staff).patch(at(workspace), {"weight": 3}, format="json").json()["weight"] == 3


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_only_admins_change_a_workspace(client_for: ClientFor, workspace: Workspace, role: Role) -> None:
    client = client_for(workspace, role)

    refused(client.patch(at(workspace), {"name": "x"}, format="json"), status=403, code="forbidden")
    assert client.get(at(workspace)).status_code == 200


def of_day(answer: Any) -> list[dict[str, Any]]:
    """Workflows, and what has a limit of a day; the rest: `tests.core.services.test_room`."""
    found = answer.json()["results"]
    return [each for each in found if each["resets_at"] or each["name"] == "max_workflows"]


def test_quotas_say_what_is_used_of_what_and_until_when(api: APIClient, workspace: Workspace) -> None:
    with time_machine.travel("2026-01-31T12:00:00Z", tick=False):
        before = of_day(api.get(f"{at(workspace)}quotas/"))
        api.patch(at(workspace), {"limits": {"max_workflows": 5, "max_events_per_day": 10}}, format="json")
        factories.published(workspace)
        for _ in range(2):
            api.post("/api/v1/events/", {"type": "lead.created"}, format="json")
        after = of_day(api.get(f"{at(workspace)}quotas/"))

    end = "2026-02-01T00:00:00Z"
    assert before == [
        {"name": "max_workflows", "used": 0, "limit": 10_000, "resets_at": None},
        {"name": "max_events_per_day", "used": None, "limit": None, "resets_at": end},
        {"name": "max_runs_per_day", "used": None, "limit": None, "resets_at": end},
    ]
    assert after == [
        {"name": "max_workflows", "used": 1, "limit": 5, "resets_at": None},
        {"name": "max_events_per_day", "used": 2, "limit": 10, "resets_at": end},
        {"name": "max_runs_per_day", "used": None, "limit": None, "resets_at": end},
    ]
