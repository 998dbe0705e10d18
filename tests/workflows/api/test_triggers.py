"""Triggers over HTTP: added to drafts, changed in them, and taken out."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import AuditEntry, Role, Workspace
from tests import factories
from tests.conftest import ClientFor
from tests.envelopes import refused
from triggers.models import Schedule, Trigger
from triggers.services import matching
from workflows.models import Run, Workflow

URL = "/api/v1/triggers/"
NEW = {"workflow": "greet", "type": "lead.closed", "conditions": [{"field": "n", "operator": "gt", "value": 5}]}
Json = dict[str, Any]

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow(workspace: Workspace) -> Workflow:
    return factories.published(workspace)


def made(api: APIClient, **changes: Any) -> Json:
    answer = api.post(URL, {**NEW, **changes}, format="json")
    assert answer.status_code == 201, answer.json()
    found: Json = answer.json()
    return found


def draft(api: APIClient) -> list[Json]:
    found: list[Json] = api.get("/api/v1/workflows/greet/").json()["draft"]["triggers"]
    return found


def publish(api: APIClient) -> None:
    assert api.post("/api/v1/workflows/greet/publish/").status_code == 200


def starts(workspace: Workspace, type_: str, **data: Any) -> int:
    """How many runs an event starts."""
    with tenancy.scope(workspace.pk):
        before = Run.objects.count()
    matching.match(factories.event(workspace, type_, **data).pk)
    with tenancy.scope(workspace.pk):
        return Run.objects.count() - before


def audited(workspace: Workspace) -> list[str]:
    with tenancy.scope(workspace.pk):
        rows = AuditEntry.objects.filter(target="trigger").order_by("id")
        return list(rows.values_list("action", flat=True))


def test_a_new_trigger_stands_in_the_draft_and_fires_once_that_is_published(
    api: APIClient, workspace: Workspace, workflow: Workflow
) -> None:
    new = made(api)
    before = starts(workspace, "lead.closed", n=6)
    waiting = api.get(f"{URL}{new['id']}/").json()
    publish(api)

    assert (new["key"], new["type"], new["is_active"], new["is_published"]) == ("t2", "lead.closed", False, False)
    conditions = {"and": [{"field": "n", "operator": "gt", "value": 5}]}
    assert draft(api) == [
        {"id": "t1", "type": "lead.created"},
        {"id": "t2", "type": "lead.closed", "conditions": conditions},
    ]
    assert (waiting, before) == (new, 0)
    assert (starts(workspace, "lead.closed", n=6), starts(workspace, "lead.closed", n=5)) == (1, 0)
    shown = api.get(f"{URL}{new['id']}/").json()
    assert (shown["type"], shown["params"], shown["event_type"]) == ("event", {"event": "lead.closed"}, "lead.closed")
    assert (shown["is_active"], shown["is_published"], shown["has_unpublished_changes"]) == (True, True, False)
    assert audited(workspace) == ["trigger.created"]


def test_a_schedule_is_added_as_any_trigger(api: APIClient, workspace: Workspace, workflow: Workflow) -> None:
    made(api, type="schedule", params={"cron": "0 9 * * *"}, conditions=None)
    publish(api)

    with tenancy.scope(workspace.pk):
        assert Schedule.objects.get().params["cron"] == "0 9 * * *"


def test_what_is_wrong_with_a_trigger_is_told_by_its_place_in_the_request(api: APIClient, workflow: Workflow) -> None:
    before = draft(api)
    cases: list[tuple[Json, list[str]]] = [
        ({"type": "schedule", "params": {"cron": "0 25 * * *"}, "conditions": None}, ["/params/cron"]),
        ({"type": "a b"}, ["/type"]),
        ({"conditions": {"field": "n", "operator": "larger", "value": 1}}, ["/conditions/operator"]),
        ({"conditions": "n > 5"}, ["/conditions"]),
        ({"filters": {"n": {}}}, ["/filters/n"]),
        ({"key": "1 x"}, ["/key"]),
        ({"type": "webhook", "conditions": None, "params": {"verification": {"scheme": "github", "secret": "none"}}},
         ["/params/verification/secret"]),
        ({"type": 5, "workflow": ""}, ["/type", "/workflow"]),
        ({"other": 1}, ["/other"]),
        ({"type": "absence"}, ["/params/event", "/params/within_seconds"]),
    ]  # fmt: skip

    for changes, paths in cases:
        errors = refused(api.post(URL, {**NEW, **changes}, format="json"), status=400, code="invalid")
        assert sorted({each["path"] for each in errors}) == paths, changes
    assert draft(api) == before


def test_a_change_waits_for_publishing_and_a_switch_does_not(
    api: APIClient, workspace: Workspace, workflow: Workflow
) -> None:
    [row] = api.get(URL).json()["results"]
    url = f"{URL}{row['id']}/"

    changed = api.patch(url, {"type": "lead.lost", "note": "Why?"}, format="json").json()
    by_old = starts(workspace, "lead.created")
    off = api.patch(url, {"is_active": False}, format="json").json()
    while_off = starts(workspace, "lead.created")
    publish(api)
    still_off = starts(workspace, "lead.lost")
    on = api.patch(url, {"is_active": True}, format="json").json()

    assert (changed["event_type"], changed["has_unpublished_changes"]) == ("lead.created", True)
    assert changed["draft"] == {"id": "t1", "type": "lead.lost", "note": "Why?"}
    assert (off["is_active"], off["draft"]["active"], by_old, while_off, still_off) == (False, False, 1, 0, 0)
    assert (on["is_active"], "active" in on["draft"], starts(workspace, "lead.lost")) == (True, False, 1)
    words = ["updated", "updated", "disabled", "updated", "enabled"]
    assert audited(workspace) == [f"trigger.{word}" for word in words]


def test_a_switch_alone_leaves_the_draft_as_it_is(api: APIClient, workspace: Workspace, workflow: Workflow) -> None:
    [row] = api.get(URL).json()["results"]

    off = api.patch(f"{URL}{row['id']}/", {"is_enabled": False}, format="json").json()

    assert (off["is_enabled"], off["is_active"], off["draft"]) == (False, False, {"id": "t1", "type": "lead.created"})
    assert audited(workspace) == ["trigger.disabled"]


def test_a_trigger_that_was_never_published_has_no_switch_of_its_own(api: APIClient, workflow: Workflow) -> None:
    new = made(api)

    refused(api.patch(f"{URL}{new['id']}/", {"is_enabled": False}, format="json"), status=409, code="conflict")
    off = api.patch(f"{URL}{new['id']}/", {"is_active": False}, format="json").json()

    assert (off["is_enabled"], off["draft"]["active"]) == (False, False)


def test_a_trigger_that_was_never_published_is_deleted_at_once(
    api: APIClient, workspace: Workspace, workflow: Workflow
) -> None:
    new = made(api)

    assert api.delete(f"{URL}{new['id']}/").status_code == 204
    assert api.get(f"{URL}{new['id']}/").status_code == 404
    assert [each["id"] for each in draft(api)] == ["t1"]
    assert audited(workspace) == ["trigger.created", "trigger.deleted"]


def test_a_published_trigger_that_is_deleted_stops_at_once_and_is_gone_when_that_is_published(
    api: APIClient, workspace: Workspace, workflow: Workflow
) -> None:
    made(api)
    publish(api)
    url = f"{URL}{api.get(URL, {'q': 't1'}).json()['results'][0]['id']}/"

    assert api.delete(url).status_code == 204
    stopped = api.get(url).json()
    fired = starts(workspace, "lead.created")
    publish(api)

    assert (stopped["is_active"], stopped["draft"], stopped["is_published"], fired) == (False, None, True, 0)
    assert api.get(url).status_code == 404
    assert [row["key"] for row in api.get(URL).json()["results"]] == ["t2"]
    assert made(api)["key"] == "t3"


def test_a_key_that_was_taken_out_comes_back_in_its_row(api: APIClient, workflow: Workflow) -> None:
    first = made(api, key="closed")
    publish(api)
    api.delete(f"{URL}{first['id']}/")
    publish(api)

    again = made(api, key="closed")

    assert (again["id"], again["is_published"], again["is_active"]) == (first["id"], False, False)
    refused(api.post(URL, {**NEW, "key": "closed"}, format="json"), status=409, code="conflict")


def test_a_trigger_that_left_the_draft_by_another_way_is_not_shown(api: APIClient, workflow: Workflow) -> None:
    new = made(api)
    api.patch("/api/v1/workflows/greet/", {"definition": {"trigger": "lead.created"}}, format="json")

    assert api.get(f"{URL}{new['id']}/").status_code == 404
    assert [row["key"] for row in api.get(URL).json()["results"]] == ["t1"]


def test_changes_of_what_was_changed_meanwhile_are_refused(api: APIClient, workflow: Workflow) -> None:
    url = f"{URL}{made(api)['id']}/"
    tag = api.get(url)["ETag"]
    api.patch(url, {"note": "one"}, format="json", headers={"If-Match": tag})

    late = [
        api.patch(url, {"note": "two"}, format="json", headers={"If-Match": tag}),
        api.patch(url, {"is_active": False}, format="json", headers={"If-Match": tag}),
        api.delete(url, headers={"If-Match": tag}),
    ]

    assert [answer.status_code for answer in late] == [412, 412, 412]
    assert api.get(url).json()["draft"]["note"] == "one"


def test_an_archived_workflow_is_given_no_trigger(api: APIClient, workflow: Workflow) -> None:
    api.post("/api/v1/workflows/greet/archive/")

    refused(api.post(URL, NEW, format="json"), status=409, code="conflict")


def test_an_operator_and_a_stranger_change_nothing(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace, workflow: Workflow
) -> None:
    operator, stranger = client_for(workspace, Role.OPERATOR), client_for(other_workspace)
    url = f"{URL}{operator.get(URL).json()['results'][0]['id']}/"

    for client, expected in ((operator, [403, 403, 403]), (stranger, [400, 404, 404])):
        answers = [
            client.post(URL, {**NEW, "workflow": str(workflow.pk)}, format="json"),
            client.patch(url, {"note": "x"}, format="json"),
            client.delete(url),
        ]
        assert [answer.status_code for answer in answers] == expected
    with tenancy.scope(workspace.pk):
        assert list(Trigger.objects.values_list("key", "is_active")) == [("t1", True)]


def test_a_decision_made_before_knows_nothing_of_a_new_trigger(
    api: APIClient, workspace: Workspace, workflow: Workflow
) -> None:
    event = factories.event(workspace)
    matching.match(event.pk)
    made(api)

    told = api.post("/api/v1/workflows/greet/explain/", {"event": str(event.pk)}, format="json").json()["results"]

    assert [each["trigger"]["key"] for each in told] == ["t1"]
