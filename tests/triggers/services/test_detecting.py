"""Triggers that count, from the event to the decision."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests import factories, rivals
from triggers.models import Decision, Event, Firing, TriggerState
from triggers.services import detecting, matching
from workflows.models import Workflow

Json = dict[str, Any]
THREE: Json = {"event": "login.failed", "value": 3, "window_seconds": 60, "key": "{{ user }}"}

pytestmark = pytest.mark.django_db


def listening(workspace: Workspace, type_: str = "threshold", **changes: Any) -> Workflow:
    trigger = {"type": type_, "params": {**THREE, **changes} if type_ == "threshold" else changes}
    return factories.published(workspace, factories.definition(triggers=[trigger]))


def came(workspace: Workspace, *data: Json, type_: str = "login.failed") -> list[Event]:
    events = [factories.event(workspace, type_, **each) for each in data]
    matching.match_many([event.pk for event in events])
    return events


def fired(workspace: Workspace, events: list[Event]) -> list[int]:
    """The places of the events that fired."""
    with tenancy.scope(workspace.pk):
        found = set(Firing.objects.values_list("event_id", flat=True))
    return [place for place, event in enumerate(events) if event.pk in found]


def reasons(workspace: Workspace) -> list[tuple[str, str, str]]:
    with tenancy.scope(workspace.pk):
        return list(Decision.objects.order_by("event_id").values_list("verdict", "code", "reason"))


def test_each_key_is_counted_by_itself_and_each_event_says_how_far_it_is(workspace: Workspace) -> None:
    listening(workspace, filters={"way": "web"})
    users = ("ann", "bob", "ann", "ann", "ann")

    events = came(workspace, *({"user": user, "way": "web"} for user in users), {"user": "bob", "way": "app"})

    assert fired(workspace, events) == [3]
    words = ["seen 1 of 3 in 60 s", "seen 1 of 3 in 60 s", "seen 2 of 3 in 60 s"]
    words.append("seen 4 of 3 in 60 s; it has fired, and does again after that did not hold")
    assert reasons(workspace) == [("suppressed", "threshold", word) for word in words]
    with tenancy.scope(workspace.pk):
        assert sorted(TriggerState.objects.values_list("label", flat=True)) == ["ann", "bob"]


def test_an_event_is_counted_once_however_often_it_is_decided(workspace: Workspace) -> None:
    listening(workspace)
    events = came(workspace, {"user": "ann"}, {"user": "ann"})

    matching.match_many([event.pk for event in events])

    assert fired(workspace, [*events, *came(workspace, {"user": "ann"})]) == [2]


def test_what_is_not_decided_is_not_counted(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    listening(workspace)
    event = factories.event(workspace, "login.failed", user="ann")
    monkeypatch.setattr(matching, "_store_decisions", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        matching.match(event.pk)

    with tenancy.scope(workspace.pk):
        assert TriggerState.objects.count() == 0


def test_a_key_that_cannot_be_read_is_a_failure_that_says_so(workspace: Workspace) -> None:
    listening(workspace)

    came(workspace, {})

    [(verdict, code, reason)] = reasons(workspace)
    assert (verdict, code) == ("failed", "key")
    assert "user" in reason


def test_a_value_that_passes_a_line_fires_once(workspace: Workspace) -> None:
    line = {"event": "stream.viewers", "field": "viewers", "value": 1000, "hysteresis": 100, "key": "{{ stream }}"}
    listening(workspace, "crossing", **line)
    seen = [("a", 900), ("b", 2000), ("a", 1000), ("a", 950), ("a", 1100), ("a", 800), ("a", 1000)]

    events = came(workspace, *({"stream": key, "viewers": number} for key, number in seen), type_="stream.viewers")

    assert fired(workspace, events) == [2, 6]
    assert {code for _, code, _ in reasons(workspace)} == {"crossing"}


def test_a_value_far_from_those_of_its_key_fires_and_says_what_was_expected(workspace: Workspace) -> None:
    listening(workspace, "anomaly", event="order.paid", field="total", method="mad", key="{{ customer }}")
    calm = [{"customer": customer, "total": total} for customer, total in zip("ab" * 10, range(20), strict=True)]

    events = came(
        workspace, *calm, {"customer": "a", "total": 900}, {"customer": "c", "total": 900}, type_="order.paid"
    )

    assert fired(workspace, events) == [20]
    *_, last = reasons(workspace)
    assert last == ("suppressed", "anomaly", "`total` is 900; 0 of 10 values are there to compare it with")


def test_other_parameters_begin_anew(api: APIClient, workspace: Workspace) -> None:
    listening(workspace)
    came(workspace, {"user": "ann"}, {"user": "ann"})
    trigger = {"type": "threshold", "params": {**THREE, "window_seconds": 90}}
    api.put("/api/v1/workflows/greet/", {"definition": factories.definition(triggers=[trigger])}, format="json")
    api.post("/api/v1/workflows/greet/publish/")

    assert fired(workspace, came(workspace, {"user": "ann"}, {"user": "ann"}, {"user": "ann"})) == [2]


def test_a_pattern_may_count(api: APIClient, workspace: Workspace) -> None:
    pattern = {"name": "Three", "type": "threshold", "params": THREE}
    assert api.post("/api/v1/patterns/", pattern, format="json").status_code == 201
    trigger = {"type": "pattern", "params": {"pattern": "Three"}, "filters": {"way": "web"}}
    factories.published(workspace, factories.definition(triggers=[trigger]))

    events = came(workspace, *({"user": "ann", "way": way} for way in ("web", "app", "web", "web")))

    assert fired(workspace, events) == [3]


def test_a_backtest_counts_as_the_trigger_would(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace, factories.definition(trigger="login.failed"))
    came(workspace, *({"user": "ann"} for _ in range(4)))
    definition = factories.definition(triggers=[{"type": "threshold", "params": THREE}])

    found = api.post("/api/v1/workflows/greet/backtest/", {"definition": definition}, format="json").json()

    assert (found["events_seen"], found["fired"], found["held_by"]) == (4, 1, {"threshold": 3})
    with tenancy.scope(workspace.pk):
        assert TriggerState.objects.count() == 0


def test_what_is_over_is_forgotten(workspace: Workspace) -> None:
    listening(workspace)
    came(workspace, {"user": "ann"}, {"user": "bob"})
    with tenancy.scope(workspace.pk):
        TriggerState.objects.filter(label="ann").update(expires_at=timezone.now() - timedelta(seconds=1))

    assert (detecting.forget_over(), detecting.forget_over()) == (1, 0)


def test_more_than_a_batch_is_forgotten_while_there_is_time(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detecting, "BATCH", 2)
    listening(workspace)
    came(workspace, *({"user": f"user-{number}"} for number in range(5)))
    with tenancy.scope(workspace.pk):
        TriggerState.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert [detecting.forget_over(budget_seconds=0), detecting.forget_over()] == [2, 3]


def test_what_cannot_be_counted_is_refused_where_it_stands(api: APIClient) -> None:
    cases: list[tuple[str, Json, str]] = [
        ("threshold", {**THREE, "event": "a b"}, "/params/event"),
        ("threshold", {**THREE, "window_seconds": 0}, "/params/window_seconds"),
        ("threshold", {**THREE, "aggregate": "sum"}, "/params"),
        ("threshold", {**THREE, "operator": "lt"}, "/params"),
        ("threshold", {**THREE, "field": "n"}, "/params"),
        ("threshold", {**THREE, "aggregate": "median"}, "/params/aggregate"),
        ("threshold", {**THREE, "key": "{{ user"}, "/params/key"),
        ("threshold", {**THREE, "filters": {"n": {"larger": 1}}}, "/params/filters/n/larger"),
        ("crossing", {"event": "a", "field": "n..m", "value": 1}, "/params/field"),
        ("crossing", {"event": "a", "field": "n", "value": "high"}, "/params/value"),
        ("crossing", {"event": "a", "field": "n", "value": 1, "hysteresis": -1}, "/params/hysteresis"),
        ("anomaly", {"event": "a"}, "/params/field"),
        ("anomaly", {"event": "a", "field": "n..m"}, "/params/field"),
        ("anomaly", {"event": "a", "field": "n", "method": "guess"}, "/params/method"),
        ("anomaly", {"event": "a", "field": "n", "sensitivity": 0}, "/params/sensitivity"),
        ("anomaly", {"event": "a", "field": "n", "window": 9}, "/params/window"),
        ("anomaly", {"event": "a", "field": "n", "window": 1001}, "/params/window"),
        ("anomaly", {"event": "a", "field": "n", "window": 20, "min_values": 21}, "/params"),
    ]

    for type_, params, path in cases:
        answer = api.post("/api/v1/patterns/", {"name": "x", "type": type_, "params": params}, format="json")
        assert (answer.status_code, [each["path"] for each in answer.json()["errors"]]) == (400, [path]), params


_SETUP = """
from triggers.models import Event
from core import tenancy
from triggers.services import matching
with tenancy.unscoped("the test looks"):
    ids = list(Event.objects.filter(type="login.failed").order_by("id").values_list("pk", flat=True))[number::2]
"""


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_two_processes_count_each_event_once(workspace: Workspace) -> None:
    listening(workspace, value=40, key="")
    events = [factories.event(workspace, "login.failed", user="ann") for _ in range(40)]

    rivals.race("for each in ids: matching.match(each)", setup=_SETUP)

    with tenancy.scope(workspace.pk):
        assert (Firing.objects.count(), Decision.objects.count()) == (1, len(events) - 1)
        assert sum(entry[1] for entry in TriggerState.objects.get().state["log"]) == 40
