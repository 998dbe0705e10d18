"""Sequences, from the events to the decision."""

from typing import Any
from unittest import mock

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.expressions.conditions.tree import Group
from core.models import Workspace
from tests import factories, hooks, rivals
from triggers.models import Decision, Event, Firing, Subscription, TriggerState
from triggers.services import matching
from workflows.models import Workflow

Json = dict[str, Any]
CREATED, PAID, SHIPPED = "order.created", "order.paid", "order.shipped"
ORDER: Json = {
    "events": [{"event": CREATED}, {"event": PAID, "filters": {"total": {"gte": 100}}}, {"event": SHIPPED}],
    "within_seconds": 3600,
    "key": "{{ order }}",
}

pytestmark = pytest.mark.django_db


def listening(workspace: Workspace, **changes: Any) -> Workflow:
    trigger = {"type": "sequence", "params": {**ORDER, **changes}}
    return factories.published(workspace, factories.definition(triggers=[trigger]))


def came(workspace: Workspace, *types: str, **data: Any) -> list[Event]:
    events = [factories.event(workspace, type_, **{"order": 1, "total": 100, **data}) for type_ in types]
    matching.match_many([event.pk for event in events])
    return events


def fired(workspace: Workspace, events: list[Event]) -> list[int]:
    """The places of the events that fired."""
    with tenancy.scope(workspace.pk):
        found = set(Firing.objects.values_list("event_id", flat=True))
    return [place for place, event in enumerate(events) if event.pk in found]


def test_the_event_that_completes_it_starts_a_run_over_the_api(api: APIClient, workspace: Workspace) -> None:
    made = api.post(
        "/api/v1/workflows/",
        {"name": "Ship", "definition": {**factories.definition(triggers=[{"type": "sequence", "params": ORDER}])}},
        format="json",
    ).json()
    assert api.post(f"/api/v1/workflows/{made['id']}/publish/").status_code == 200
    sent = [{"type": type_, "data": {"order": 7, "total": "250"}} for type_ in (CREATED, PAID, "order.noted", SHIPPED)]

    assert api.post("/api/v1/events/batch/", {"events": sent}, format="json").status_code == 207
    hooks.work(workspace)

    [run] = api.get("/api/v1/workflow-runs/").json()["results"]
    assert (run["status"], run["workflow"]["id"]) == ("completed", made["id"])
    assert api.get(f"/api/v1/workflow-runs/{run['id']}/").json()["event"]["type"] == SHIPPED


def test_each_key_is_a_sequence_and_each_event_says_what_is_awaited(workspace: Workspace) -> None:
    listening(workspace)

    events = came(workspace, CREATED, PAID)
    others = came(workspace, SHIPPED, order=2)
    events += came(workspace, SHIPPED, SHIPPED)

    assert (fired(workspace, events), fired(workspace, others)) == ([2], [])
    with tenancy.scope(workspace.pk):
        rows = list(Decision.objects.order_by("event_id").values_list("verdict", "code", "reason"))
        assert sorted(TriggerState.objects.values_list("label", flat=True)) == ["1", "2"]
    assert {row[:2] for row in rows} == {("suppressed", "sequence")}
    first, second, other, last = (reason for *_, reason in rows)
    assert first.startswith("step 1 of 3 (order.created) came; order.paid is awaited until ")
    assert second.startswith("step 2 of 3 (order.paid) came; order.shipped is awaited until ")
    assert other == last == "it is step 3 of 3 (order.shipped); what goes before it did not come in 3600 s"


def test_what_fired_says_why(api: APIClient, workspace: Workspace) -> None:
    listening(workspace)
    *_, last = came(workspace, CREATED, PAID, SHIPPED)

    [decision] = decisions(api, last)

    assert (decision["verdict"], decision["reason"]) == (
        "fired",
        "Everything that it asks for holds: all 3 steps came in 3600 s.",
    )


def test_in_any_order_and_with_patterns_of_types(workspace: Workspace) -> None:
    steps = [{"event": "order.*"}, {"event": PAID}, {"event": "lead.**"}]
    listening(workspace, events=steps, ordered=False)

    events = came(workspace, "lead.won.big", PAID, "lead.lost", "order.noted")

    assert fired(workspace, events) == [3]


def test_it_listens_to_what_covers_its_steps_and_is_found_by_their_types_alone(workspace: Workspace) -> None:
    listening(workspace)
    with tenancy.scope(workspace.pk):
        assert Subscription.objects.get().event_type == "order.**"
    came(workspace, CREATED)  # compiled by now

    with mock.patch.object(Group, "decide", side_effect=AssertionError("it was evaluated")):
        events = came(workspace, "order.cancelled", "lead.created")

    with tenancy.scope(workspace.pk):
        assert Event.objects.filter(pk__in=[event.pk for event in events], decision__failed=0).count() == 2
        assert Decision.objects.count() == 1


def decisions(api: APIClient, event: Event) -> list[Json]:
    found: list[Json] = api.get(f"/api/v1/events/{event.pk}/decisions/").json()["results"]
    return found


def test_an_event_of_one_of_its_types_is_told_what_it_lacks(api: APIClient, workspace: Workspace) -> None:
    workflow = listening(workspace)
    [small, other] = [came(workspace, PAID, total=5)[0], came(workspace, "order.cancelled")[0]]

    [decision] = decisions(api, small)
    explained = api.post(
        f"/api/v1/workflows/{workflow.pk}/explain/", {"event": {"type": "order.cancelled", "data": {}}}, format="json"
    ).json()
    listed = api.get(f"/api/v1/workflows/{workflow.pk}/decisions/").json()["results"]

    assert (decision["verdict"], decision["reason"]) == ("not_matched", "`total` gte 100 does not hold: it is 5.")
    assert [(each["field"], each["to"]) for each in decision["would_fire_if"]] == [("total", 100)]
    assert decisions(api, other) == []
    assert explained["results"][0]["verdict"] == "not_listening"
    assert explained["results"][0]["reason"] == (
        "It listens to order.created, order.paid, order.shipped; the event is order.cancelled."
    )
    assert [each["event"]["type"] for each in listed] == [PAID]


def test_what_it_counts_as_seen_are_events_of_its_types(api: APIClient, workspace: Workspace) -> None:
    workflow = listening(workspace)
    came(workspace, CREATED, "order.cancelled", PAID)

    stats = api.get(f"/api/v1/workflows/{workflow.pk}/stats/").json()
    [trigger] = api.get("/api/v1/triggers/").json()["results"]

    assert (stats["events_seen"], stats["suppressed"]) == (2, 2)
    assert (trigger["statistics"]["seen"], trigger["statistics"]["suppressed"]) == (2, 2)


def test_a_workflow_that_sends_a_step_feeds_itself_also_through_a_pattern(api: APIClient, workspace: Workspace) -> None:
    pattern = {"name": "Order", "type": "sequence", "params": ORDER}
    assert api.post("/api/v1/patterns/", pattern, format="json").status_code == 201
    cases = [
        (type_, trigger)
        for type_ in (PAID, "order.cancelled")
        for trigger in ({"type": "sequence", "params": ORDER}, {"type": "pattern", "params": {"pattern": "Order"}})
    ]

    found = []
    for number, (type_, trigger) in enumerate(cases):
        emit = {"type": "emit_event", "params": {"type": type_, "data": {}}}
        document = factories.definition(emit, name=f"W{number}", triggers=[trigger])
        made = api.post("/api/v1/workflows/", {"definition": document}, format="json").json()
        found.append([problem["code"] for problem in made["problems"]])

    assert found == [["feeds_itself"], ["feeds_itself"], [], []]


def test_a_pattern_may_be_a_sequence(api: APIClient, workspace: Workspace) -> None:
    pattern = {"name": "Order", "type": "sequence", "params": ORDER}
    assert api.post("/api/v1/patterns/", pattern, format="json").json()["event_type"] == "order.**"
    trigger = {"type": "pattern", "params": {"pattern": "Order"}, "filters": {"order": 1}}
    factories.published(workspace, factories.definition(triggers=[trigger]))

    assert fired(workspace, came(workspace, CREATED, PAID, "order.noted", SHIPPED)) == [3]
    assert fired(workspace, came(workspace, CREATED, PAID, SHIPPED, order=2)) == []


def test_a_backtest_counts_as_the_trigger_would(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace)
    came(workspace, CREATED, "order.noted", PAID, "lead.lost", SHIPPED, PAID)
    definition = factories.definition(triggers=[{"type": "sequence", "params": ORDER}])

    found = api.post("/api/v1/workflows/greet/backtest/", {"definition": definition}, format="json").json()

    assert (found["events_seen"], found["fired"], found["held_by"]) == (4, 1, {"sequence": 3})


def test_what_cannot_be_a_sequence_is_refused_where_it_stands(api: APIClient) -> None:
    one = {"event": PAID}
    cases: list[tuple[Json, str]] = [
        ({"events": [one]}, "/params/events"),
        ({"events": [one] * 11}, "/params/events"),
        ({"events": [one, {"event": "a b"}]}, "/params/events/1/event"),
        ({"events": [one, {**one, "filters": {"n": {"larger": 1}}}]}, "/params/events/1/filters/n/larger"),
        ({"events": [one, {**one, "field": "n"}]}, "/params/events/1/field"),
        ({"within_seconds": 0}, "/params/within_seconds"),
        ({"within_seconds": 32 * 86_400}, "/params/within_seconds"),
        ({"key": "{{ order"}, "/params/key"),
        ({"event": PAID}, "/params/event"),
    ]

    for changes, path in cases:
        wanted = {"name": "x", "type": "sequence", "params": {**ORDER, **changes}}
        answer = api.post("/api/v1/patterns/", wanted, format="json")
        assert (answer.status_code, [each["path"] for each in answer.json()["errors"]]) == (400, [path]), changes


_SETUP = """
from triggers.models import Event
from core import tenancy
from triggers.services import matching
with tenancy.unscoped("the test looks"):
    ids = list(Event.objects.order_by("id").values_list("pk", flat=True))[number::2]
"""


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_two_processes_complete_each_sequence_once_and_in_its_order(workspace: Workspace) -> None:
    listening(workspace, events=[{"event": CREATED}, {"event": PAID}])  # each process has the events of one step
    for number in range(20):
        for type_ in (CREATED, PAID):
            factories.event(workspace, type_, order=number)

    rivals.race("for each in ids: matching.match(each)", setup=_SETUP)

    with tenancy.scope(workspace.pk):
        assert (Firing.objects.count(), Decision.objects.count()) == (20, 20)
        assert [row.state["log"] for row in TriggerState.objects.all()] == [[]] * 20
