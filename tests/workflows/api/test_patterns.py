"""Patterns over HTTP: stored, changed, used by triggers, and deleted when nobody uses them."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import AuditEntry, Role, Workspace
from tests import factories
from tests.conftest import ClientFor
from tests.envelopes import refused
from triggers.models import Event, Pattern, Subscription, Trigger
from triggers.services import catalogue, matching
from workflows.models import Run

URL = "/api/v1/patterns/"
BIG = {"name": "Big order", "type": "order.created", "filters": {"total": {"gte": 100}}}
Json = dict[str, Any]

pytestmark = pytest.mark.django_db


def made(api: APIClient, **changes: Any) -> Json:
    answer = api.post(URL, {**BIG, **changes}, format="json")
    assert answer.status_code == 201, answer.json()
    found: Json = answer.json()
    return found


def naming(workspace: Workspace, name: str = "Thank", **trigger: Any) -> None:
    """Publish a workflow that names the pattern."""
    own = {"type": "pattern", "params": {"pattern": "Big order"}, **trigger}
    factories.published(workspace, factories.definition(name=name, triggers=[own]))


def sent(workspace: Workspace, **data: Any) -> Event:
    event = factories.event(workspace, "order.created", **data)
    matching.match(event.pk)
    return event


def runs(workspace: Workspace) -> list[str]:
    """The workflows that were started, in order."""
    with tenancy.scope(workspace.pk):
        return list(Run.objects.order_by("id").values_list("workflow__name", flat=True))


def test_a_pattern_is_stored_in_canonical_form(api: APIClient) -> None:
    new = made(api, filters={"total": 100}, conditions=[{"field": "vip", "operator": "exists"}])

    assert api.get(f"{URL}{new['id']}/").json() == new
    dropped = ("id", "created_at", "updated_at", "edited_by")
    assert {name: value for name, value in new.items() if name not in dropped} == {
        "name": "Big order",
        "description": "",
        "type": "order.created",
        "params": {},
        "filters": {"total": {"eq": 100}},
        "conditions": {"and": [{"field": "vip", "operator": "exists", "value": True}]},
        "event_type": "order.created",
        "is_active": True,
        "revision": 1,
        "used_by": [],
    }


def test_workflows_that_name_a_pattern_start_for_it_and_by_their_own_conditions(
    api: APIClient, workspace: Workspace
) -> None:
    made(api)
    naming(workspace)
    naming(workspace, "Dutch", filters={"country": "NL"}, conditions={"field": "paid", "operator": "eq", "value": True})

    sent(workspace, total=99, country="NL", paid=True)
    sent(workspace, total=100, country="BE", paid=True)
    sent(workspace, total=100, country="NL", paid=True)

    assert sorted(runs(workspace)) == ["Dutch", "Thank", "Thank"]


def test_a_change_holds_at_once_for_all_who_name_it_and_old_decisions_stay_as_they_were(
    api: APIClient, workspace: Workspace
) -> None:
    new = made(api)
    naming(workspace)
    naming(workspace, "Also")
    before = sent(workspace, total=50)

    changed = api.patch(f"{URL}{new['id']}/", {"filters": {"total": {"gte": 10}}}, format="json").json()
    sent(workspace, total=50)

    assert (changed["revision"], sorted(runs(workspace))) == (2, ["Also", "Thank"])
    told = api.get(f"/api/v1/events/{before.event_id}/decisions/").json()["results"]
    assert {(each["verdict"], each["reason"]) for each in told} == {
        ("not_matched", "`total` gte 100 does not hold: it is 50.")
    }


def test_a_pattern_may_become_one_of_other_events(api: APIClient, workspace: Workspace) -> None:
    new = made(api)
    naming(workspace)

    api.patch(f"{URL}{new['id']}/", {"type": "order.*", "filters": {}}, format="json")
    matching.match(factories.event(workspace, "order.paid").pk)

    [trigger] = api.get("/api/v1/triggers/").json()["results"]
    assert (runs(workspace), trigger["type"], trigger["event_type"]) == (["Thank"], "pattern", "order.*")


def test_who_names_a_pattern_that_is_off_does_not_listen(api: APIClient, workspace: Workspace) -> None:
    url = f"{URL}{made(api)['id']}/"
    naming(workspace)

    api.patch(url, {"is_active": False}, format="json")
    while_off = sent(workspace, total=100)
    [trigger] = api.get("/api/v1/triggers/").json()["results"]
    naming(workspace, "Later")
    api.patch(url, {"is_active": True}, format="json")
    sent(workspace, total=100)

    assert (trigger["is_enabled"], trigger["is_active"]) == (True, False)
    assert sorted(runs(workspace)) == ["Later", "Thank"]
    [told] = api.post("/api/v1/workflows/thank/explain/", {"event": str(while_off.pk)}, format="json").json()["results"]
    assert (told["verdict"], told["reason"]) == ("not_listening", "The pattern that it names was switched off.")


def test_what_is_paused_or_switched_off_stays_so_when_its_pattern_changes(api: APIClient, workspace: Workspace) -> None:
    url = f"{URL}{made(api)['id']}/"
    naming(workspace)
    naming(workspace, "Off", active=False)
    api.post("/api/v1/workflows/thank/pause/")

    api.patch(url, {"filters": {}}, format="json")
    sent(workspace, total=1)
    api.post("/api/v1/workflows/thank/resume/")
    sent(workspace, total=1)

    assert runs(workspace) == ["Thank"]


def test_a_draft_is_explained_by_what_its_pattern_says(api: APIClient, workspace: Workspace) -> None:
    made(api)
    draft = factories.definition(triggers=[{"type": "pattern", "params": {"pattern": "Big order"}}])
    api.post("/api/v1/workflows/", {"definition": draft}, format="json")
    event = {"type": "order.created", "data": {"total": 5}}

    answer = api.post("/api/v1/workflows/greet/explain/", {"event": event, "draft": True}, format="json")

    [told] = answer.json()["results"]
    assert (told["verdict"], told["reason"]) == ("not_matched", "`total` gte 100 does not hold: it is 5.")


def test_filters_of_a_pattern_are_about_the_data_also_under_reserved_names(
    api: APIClient, workspace: Workspace
) -> None:
    made(api, filters={"event.kind": "x", "now": 1, '["a b"]': 2})
    naming(workspace)

    sent(workspace, **{"event": {"kind": "x"}, "now": 1, "a b": 2})
    sent(workspace, **{"event": {"kind": "x"}, "now": 2, "a b": 2})

    assert runs(workspace) == ["Thank"]


def test_what_is_wrong_with_a_pattern_is_told_by_its_place(api: APIClient) -> None:
    made(api)
    cases: list[tuple[Json, int, list[str]]] = [
        ({"name": "x", "type": "schedule", "params": {"cron": "* * * * *"}, "filters": {}}, 400, ["/type"]),
        ({"name": "x", "type": "manual"}, 400, ["/type"]),
        ({"name": "x", "type": "pattern", "params": {"pattern": "Big order"}}, 400, ["/type"]),
        ({"name": "x", "type": "sql"}, 400, ["/params/query"]),
        ({"name": "x", "type": "a b"}, 400, ["/type"]),
        ({"name": "x", "filters": {"n": {"larger": 1}}}, 400, ["/filters/n/larger"]),
        ({"name": "x", "conditions": {"field": "secrets.a", "operator": "eq", "value": "{{ secrets.b }}"}}, 400,
         ["/conditions/field", "/conditions/value"]),
        ({"name": " "}, 400, ["/name"]),
        ({"name": "x", "workflow": "none"}, 400, ["/workflow"]),
        ({"name": "BIG ORDER"}, 409, []),
    ]  # fmt: skip

    for changes, status, paths in cases:
        answer = api.post(URL, {**BIG, **changes}, format="json")
        assert (answer.status_code, sorted({each["path"] for each in answer.json()["errors"]})) == (status, paths), (
            changes
        )
    assert len(api.get(URL).json()["results"]) == 1


def test_a_definition_that_names_no_pattern_cannot_be_published(api: APIClient) -> None:
    made(api)
    trigger = {"type": "pattern", "params": {"pattern": "Big orders"}}
    answer = api.post("/api/v1/workflows/", {"definition": factories.definition(triggers=[trigger])}, format="json")

    [problem] = answer.json()["problems"]

    assert problem == {
        "path": "/triggers/0/params/pattern",
        "code": "unknown_pattern",
        "message": "The workspace has no pattern 'Big orders'. Did you mean 'Big order'?",
    }


def test_a_workflow_that_sends_what_its_pattern_waits_for_feeds_itself(api: APIClient) -> None:
    made(api)
    emit = {"type": "emit_event", "params": {"type": "order.created", "data": {}}}
    trigger = {"type": "pattern", "params": {"pattern": "Big order"}}

    answer = api.post(
        "/api/v1/workflows/", {"definition": factories.definition(emit, triggers=[trigger])}, format="json"
    )

    assert [each["code"] for each in answer.json()["problems"]] == ["feeds_itself"]


def test_with_a_workflow_its_draft_names_the_pattern(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace)

    new = made(api, workflow="greet")

    use = {"name": "Greet", "slug": "greet", "is_published": False, "in_draft": True}
    assert [{name: each[name] for name in use} for each in new["used_by"]] == [use]
    assert api.get("/api/v1/workflows/greet/").json()["draft"]["triggers"][1] == {
        "id": "t2", "type": "pattern", "params": {"pattern": "Big order"},
    }  # fmt: skip


def test_what_is_in_use_is_neither_deleted_nor_renamed(api: APIClient, workspace: Workspace) -> None:
    url = f"{URL}{made(api)['id']}/"
    naming(workspace)

    refusals = [api.delete(url), api.patch(url, {"name": "Other"}, format="json")]

    for answer in refusals:
        refused(answer, status=409, code="conflict")
        assert "'Thank'" in answer.json()["detail"]
    shown = api.get(url).json()
    assert (shown["name"], shown["revision"]) == ("Big order", 1)
    assert [(each["is_published"], each["in_draft"]) for each in shown["used_by"]] == [(True, True)]
    api.post("/api/v1/workflows/thank/archive/")
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == 404
    assert api.post("/api/v1/workflows/thank/restore/").status_code == 200


def test_a_version_that_names_what_was_deleted_does_not_come_back(api: APIClient, workspace: Workspace) -> None:
    url = f"{URL}{made(api)['id']}/"
    naming(workspace)
    api.patch("/api/v1/workflows/thank/", {"definition": {"trigger": "lead.created"}}, format="json")
    api.post("/api/v1/workflows/thank/publish/")
    api.delete(url)

    answer = api.post("/api/v1/workflows/thank/rollback/", {"version": 1}, format="json")

    assert [each["code"] for each in refused(answer, status=400, code="invalid")] == ["unknown_pattern"]


def test_changes_are_made_by_who_knows_it_and_are_audited(api: APIClient, workspace: Workspace) -> None:
    url = f"{URL}{made(api)['id']}/"
    tag = api.get(url)["ETag"]
    for _ in range(2):
        api.patch(url, {"description": "one"}, format="json")

    late = [
        api.patch(url, {"description": "two"}, format="json", headers={"If-Match": tag}),
        api.delete(url, headers={"If-Match": tag}),
    ]

    assert [answer.status_code for answer in late] == [412, 412]
    assert api.delete(url, headers={"If-Match": api.get(url)["ETag"]}).status_code == 204
    with tenancy.scope(workspace.pk):
        rows = AuditEntry.objects.filter(target="pattern").order_by("id")
        assert list(rows.values_list("action", flat=True)) == ["pattern.created", "pattern.updated", "pattern.deleted"]


def test_the_trail_tells_nothing_secret_of_patterns_and_triggers(api: APIClient, workspace: Workspace) -> None:
    workflow = factories.published(workspace)
    filters = {"password": "hunter2", "text": "x" * 20_000}
    url = f"{URL}{made(api, filters=filters)['id']}/"
    assert api.patch(url, {"filters": {**filters, "password": "hunter3"}}, format="json").status_code == 200
    assert api.delete(url).status_code == 204
    trigger = {"workflow": workflow.slug, "type": "lead.lost", "filters": filters}
    answer = api.post("/api/v1/triggers/", trigger, format="json")
    assert answer.status_code == 201, answer.json()

    with tenancy.scope(workspace.pk):
        rows = AuditEntry.objects.filter(target__in=["pattern", "trigger"]).order_by("seq")
        told = [json.dumps(each) for row in rows for each in (row.before, row.after) if each]
    assert [len(told), "hunter" in str(told), max(map(len, told)) < 9 * 1024] == [5, False, True]
    assert all('"password": "[redacted]"' in each for each in told[:4])


def test_lists_are_filtered(api: APIClient) -> None:
    made(api)
    made(api, name="Lost lead", type="lead.lost", is_active=False, description="Of the big ones")
    cases: list[tuple[Json, list[str]]] = [
        ({}, ["Lost lead", "Big order"]),
        ({"q": "BIG"}, ["Lost lead", "Big order"]),
        ({"name": "Big order"}, ["Big order"]),
        ({"event_type": "lead.lost"}, ["Lost lead"]),
        ({"type": "order.created", "is_active": "true"}, ["Big order"]),
        ({"is_active": "false"}, ["Lost lead"]),
    ]

    for query, names in cases:
        assert [row["name"] for row in api.get(URL, query).json()["results"]] == names, query


def test_others_see_and_change_nothing(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace, api: APIClient
) -> None:
    url = f"{URL}{made(api)['id']}/"
    stranger, operator = client_for(other_workspace), client_for(workspace, Role.OPERATOR)
    trigger = {"type": "pattern", "params": {"pattern": "Big order"}}

    assert stranger.get(URL).json()["results"] == []
    assert [stranger.get(url).status_code, stranger.patch(url, {}, format="json").status_code] == [404, 404]
    assert stranger.delete(url).status_code == 404
    theirs = stranger.post(
        "/api/v1/workflows/", {"definition": factories.definition(triggers=[trigger])}, format="json"
    )
    assert [each["code"] for each in theirs.json()["problems"]] == ["unknown_pattern"]
    assert [operator.get(url).status_code, operator.delete(url).status_code] == [200, 403]
    assert operator.post(URL, {**BIG, "name": "y"}, format="json").status_code == 403


def test_who_publishes_while_a_pattern_goes_is_told(api: APIClient, workspace: Workspace) -> None:
    made(api)
    naming(workspace)
    with tenancy.scope(workspace.pk):
        trigger = Trigger.objects.get()
        catalogue.enable(trigger, is_enabled=False, is_listening=True)
        Pattern.objects.all().delete()  # as another transaction may, after the definition was checked

        answer = api.patch(f"/api/v1/triggers/{trigger.pk}/", {"is_enabled": True}, format="json")

        assert (answer.status_code, Subscription.objects.filter(until=None).count()) == (409, 0)
        assert "There is no pattern 'Big order' any more" in answer.json()["detail"]
