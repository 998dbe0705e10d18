from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import AuditEntry, Role, Workspace
from tests import factories, hooks
from tests.conftest import ClientFor
from tests.envelopes import refused
from triggers.models import Hook
from triggers.services import matching

URL = "/api/v1/triggers/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(workspace: Workspace) -> Hook:
    return hooks.verified(workspace, "github")


def test_a_webhook_is_shown_with_its_url_and_without_its_secret(api: APIClient, hook: Hook) -> None:
    answer = api.get(f"{URL}{hook.trigger_id}/")

    assert answer.json() == {
        "id": str(hook.trigger_id),
        "key": "t1",
        "workflow": {"id": str(hook.trigger.workflow_id), "name": "Hooked"},
        "type": "webhook",
        "params": {"verification": {"scheme": "github", "secret": ["hook_key"]}},
        "event_type": "",
        "filters": {},
        "conditions": None,
        "is_enabled": True,
        "is_active": True,
        "is_published": True,
        "has_unpublished_changes": False,
        "draft": hook.trigger.workflow.draft["triggers"][0],
        "statistics": {
            "seen": 0,
            "matched": 0,
            "fired": 0,
            "suppressed": 0,
            "failed": 0,
            "pending": 0,
            "last_fired_at": None,
        },
        "url": f"http://testserver/hooks/{hook.public_id}/",
        "webhook": {
            "last_received_at": None,
            "accepted": 0,
            "duplicates": 0,
            "refused": 0,
            "last_refused_at": None,
            "last_refusal": "",
            "rotated_at": None,
        },
        "watch": None,
    }
    assert hooks.SECRET not in answer.content.decode()


def test_other_triggers_have_no_url(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace)

    [row] = api.get(URL).json()["results"]

    assert (row["type"], row["event_type"], row["url"], row["webhook"]) == ("event", "lead.created", None, None)


def test_why_requests_are_refused_is_shown_here(api: APIClient, hook: Hook) -> None:
    hooks.post(hook, {}, X_Hub_Signature_256="sha256=0")

    shown = api.get(f"{URL}{hook.trigger_id}/").json()["webhook"]

    assert (shown["accepted"], shown["refused"]) == (0, 1)
    assert "the signature fits none of the secrets" in shown["last_refusal"]


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ({}, ["event", "webhook"]),
        ({"type": "webhook"}, ["webhook"]),
        ({"workflow": "greet"}, ["event"]),
        ({"is_active": "false"}, []),
        ({"is_active": "true", "limit": 1}, ["event"]),
        ({"q": "HOOK"}, ["webhook"]),
        ({"q": "t1", "type": "event"}, ["event"]),
    ],
    ids=str,
)
def test_lists_are_filtered(
    api: APIClient, workspace: Workspace, hook: Hook, query: dict[str, Any], types: list[str]
) -> None:
    factories.published(workspace)

    assert [row["type"] for row in api.get(URL, query).json()["results"]] == types
    assert api.get(URL, {"workflow": str(hook.trigger.workflow_id)}).json()["results"][0]["key"] == "t1"


def test_a_filter_that_is_none_is_refused(api: APIClient) -> None:
    assert refused(api.get(URL, {"is_active": "perhaps"}), status=400, code="invalid")[0]["path"] == "/is_active"


def test_an_editor_gives_a_webhook_another_url(client_for: ClientFor, workspace: Workspace, hook: Hook) -> None:
    answer = client_for(workspace, Role.EDITOR).post(f"{URL}{hook.trigger_id}/rotate-url/")

    new = hooks.refreshed(hook).public_id
    assert answer.status_code == 200
    assert answer.json()["url"] == f"http://testserver/hooks/{new}/"
    assert answer.json()["webhook"]["rotated_at"] is not None
    with tenancy.scope(workspace.pk):
        assert AuditEntry.objects.filter(action="trigger.url_rotated", target_id=hook.trigger_id).count() == 1


def test_a_trigger_without_a_url_has_none_to_change(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace)
    [row] = api.get(URL).json()["results"]

    refused(api.post(f"{URL}{row['id']}/rotate-url/"), status=409, code="conflict")


def test_who_may_not_start_runs_does_not_see_the_url(client_for: ClientFor, workspace: Workspace, hook: Hook) -> None:
    path = f"{URL}{hook.trigger_id}/"

    seen = {role: client_for(workspace, role).get(path).json()["url"] is not None for role in Role}

    assert seen == {Role.VIEWER: False, Role.OPERATOR: True, Role.EDITOR: True, Role.ADMIN: True}
    for role in (Role.VIEWER, Role.OPERATOR):
        refused(client_for(workspace, role).post(f"{path}rotate-url/"), status=403, code="forbidden")


def test_another_workspace_sees_nothing_of_it(client_for: ClientFor, other_workspace: Workspace, hook: Hook) -> None:
    theirs = client_for(other_workspace)

    assert theirs.get(URL).json()["results"] == []
    refused(theirs.get(f"{URL}{hook.trigger_id}/"), status=404, code="not_found")
    refused(theirs.post(f"{URL}{hook.trigger_id}/rotate-url/"), status=404, code="not_found")
    assert hooks.refreshed(hook).rotated_at is None


def test_a_trigger_counts_what_it_saw_and_what_it_fired_on(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace, factories.definition(trigger={"type": "lead.*", "filters": {"n": 1}}))
    matching.match_many([factories.event(workspace, "lead.created", n=number).pk for number in (1, 1, 2)])

    [row] = api.get(URL).json()["results"]

    assert (row["statistics"]["seen"], row["statistics"]["matched"], row["statistics"]["fired"]) == (3, 2, 2)


def test_a_trigger_is_switched_off_and_on_at_once(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace)
    [row] = api.get(URL).json()["results"]

    off = api.patch(f"{URL}{row['id']}/", {"is_enabled": False}, format="json").json()
    matching.match(factories.event(workspace).pk)
    on = api.patch(f"{URL}{row['id']}/", {"is_enabled": True}, format="json").json()
    matching.match(factories.event(workspace).pk)

    assert [(each["is_enabled"], each["is_active"]) for each in (off, on)] == [(False, False), (True, True)]
    assert api.get(f"{URL}{row['id']}/").json()["statistics"]["fired"] == 1


def test_who_may_not_edit_switches_nothing(client_for: ClientFor, workspace: Workspace) -> None:
    factories.published(workspace)
    operator = client_for(workspace, Role.OPERATOR)
    [row] = operator.get(URL).json()["results"]

    assert operator.patch(f"{URL}{row['id']}/", {"is_enabled": False}, format="json").status_code == 403
    assert operator.get(f"{URL}{row['id']}/").json()["is_enabled"] is True
