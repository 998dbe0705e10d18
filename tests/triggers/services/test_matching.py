from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import redis
from django.db import connection
from django.utils import timezone

from core import ids, tenancy
from core.models import Workspace
from tests import factories, races
from triggers import ports
from triggers.models import Decision, Event, Firing, Subscription, Trigger, Wait
from triggers.services import catalogue, matching, waits
from workflows.models import Run
from workflows.services import workflows


def listening(workspace: Workspace, name: str, type_: str = "lead.created", **parts: Any) -> Trigger:
    """The trigger of a published workflow of this name."""
    conditions = parts.pop("conditions", None)
    definition = factories.definition(name=name, trigger={"type": type_, **parts})
    workflow = factories.published(workspace, {**definition, "conditions": conditions} if conditions else definition)
    with tenancy.scope(workspace.pk):
        return Trigger.objects.get(workflow=workflow)


def fired(workspace: Workspace, event: Event) -> set[Any]:
    """The triggers that fired on the event."""
    with tenancy.scope(workspace.pk):
        return set(Firing.objects.filter(event=event).values_list("trigger", flat=True))


def matched_at(event: Event) -> object:
    with tenancy.scope(event.workspace_id):
        return Event.objects.get(pk=event.pk).matched_at


def test_an_event_starts_what_listens_to_it(workspace: Workspace) -> None:
    trigger = listening(workspace, "a")
    event = factories.event(workspace, score=1)

    matching.match(event.pk)

    with tenancy.scope(workspace.pk):
        [firing] = Firing.objects.all()
        assert (firing.trigger, firing.event, firing.dedupe_key) == (trigger, event, str(event.pk))
        assert firing.fired_at == matched_at(event)
        assert [run.firing_id for run in Run.objects.all()] == [firing.pk]


def test_an_event_that_nobody_listens_to_is_decided_too(workspace: Workspace) -> None:
    listening(workspace, "a", "lead.closed")
    event = factories.event(workspace)

    matching.match(event.pk)

    assert matched_at(event) is not None
    assert fired(workspace, event) == set()


def test_matching_twice_fires_once(workspace: Workspace) -> None:
    listening(workspace, "a")
    event = factories.event(workspace)

    matching.match(event.pk)
    first = matched_at(event)
    matching.match(event.pk)

    assert matched_at(event) == first
    with tenancy.scope(workspace.pk):
        assert (Firing.objects.count(), Run.objects.count()) == (1, 1)


def test_an_event_that_does_not_exist_is_no_error(db: None) -> None:
    matching.match(ids.new_id())

    with tenancy.unscoped("the test looks at all"):
        assert Firing.objects.count() == 0


def test_only_triggers_of_the_same_workspace_decide(workspace: Workspace, other_workspace: Workspace) -> None:
    ours = listening(workspace, "a")
    listening(other_workspace, "a")
    listening(other_workspace, "b", "**")
    event = factories.event(workspace)

    matching.match(event.pk)

    assert fired(workspace, event) == {ours.pk}
    with tenancy.scope(other_workspace.pk):
        assert (Firing.objects.count(), Run.objects.count()) == (0, 0)


def test_an_inactive_trigger_does_not_decide(workspace: Workspace) -> None:
    active = listening(workspace, "a")
    inactive = listening(workspace, "b")
    with tenancy.scope(workspace.pk):
        catalogue.enable(inactive, is_enabled=False, is_listening=True)
    event = factories.event(workspace)

    matching.match(event.pk)

    assert fired(workspace, event) == {active.pk}


def test_patterns_listen_to_the_types_they_mean(workspace: Workspace) -> None:
    meant = {listening(workspace, pattern, pattern).pk for pattern in ("lead.created", "lead.*", "*.created", "**")}
    for pattern in ("lead.closed", "lead.*.x", "*", "lead.created.**", "order.**"):
        listening(workspace, pattern, pattern)
    event = factories.event(workspace, "lead.created")

    matching.match(event.pk)

    assert fired(workspace, event) == meant


@pytest.mark.parametrize(
    ("data", "fires"),
    [
        ({"country": "NL", "score": 80}, True),
        ({"country": "BE", "score": 80}, False),
        ({"country": "NL", "score": 79}, False),
        ({"country": "NL"}, False),
        ({"score": 80}, False),
        ({"country": "NL", "score": "many"}, False),
    ],
)
def test_filters_and_conditions_decide_on_the_data(workspace: Workspace, data: dict[str, Any], fires: bool) -> None:
    condition = {"field": "score", "operator": "gte", "value": 80}
    trigger = listening(workspace, "a", filters={"country": "NL"}, conditions=[condition])
    event = factories.event(workspace, **data)

    matching.match(event.pk)

    assert fired(workspace, event) == ({trigger.pk} if fires else set())


@pytest.mark.parametrize(
    ("field", "value"),
    [("workspace.plan", "gold"), ("tenant.plan", "gold"), ("vars.region", "eu"), ("event.type", "lead.created")],
)
def test_conditions_see_the_workspace_its_variables_and_the_event(workspace: Workspace, field: str, value: str) -> None:
    workspace.settings, workspace.variables = {"plan": "gold"}, {"region": "eu"}
    workspace.save(update_fields=["settings", "variables"])
    trigger = listening(workspace, "a", conditions=[{"field": field, "operator": "eq", "value": value}])
    event = factories.event(workspace)

    matching.match(event.pk)

    assert fired(workspace, event) == {trigger.pk}


def test_a_new_version_decides_by_its_own_filters(workspace: Workspace) -> None:
    trigger = listening(workspace, "a", filters={"country": "NL"})
    first, second = (factories.event(workspace, country="BE") for _ in range(2))
    matching.match(first.pk)

    with tenancy.scope(workspace.pk):
        changed = {"type": "lead.created", "filters": {"country": "BE"}}
        workflow = workflows.update(trigger.workflow, factories.definition(name="a", trigger=changed))
        workflows.publish(workflow, published_by="test")
    matching.match(second.pk)

    assert fired(workspace, first) == set()
    assert fired(workspace, second) == {trigger.pk}


@pytest.mark.parametrize(
    ("filters", "conditions"),
    [
        ({"a": {"resembles": 1}}, None),
        ({}, {"field": "a", "operator": "resembles", "value": 1}),
        ({}, {"jsonlogic": {"resembles": 1}}),
        ({}, {"nonsense": True}),
    ],
)
def test_a_trigger_that_no_longer_compiles_does_not_stop_the_others(
    workspace: Workspace, filters: dict[str, Any], conditions: dict[str, Any] | None
) -> None:
    broken, sound = listening(workspace, "a"), listening(workspace, "b")
    with tenancy.scope(workspace.pk):
        Subscription.objects.filter(trigger=broken).update(filters=filters, conditions=conditions)
    event = factories.event(workspace)

    matching.match(event.pk)

    assert fired(workspace, event) == {sound.pk}
    with tenancy.scope(workspace.pk):
        [decision] = Decision.objects.all()
    assert (decision.trigger, decision.verdict) == (broken, "failed")
    assert "cannot be read" in decision.reason


@pytest.fixture
def crashing_handler(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Connects a handler that starts everything and then dies; call it to connect the real one again."""
    real = list(ports._handlers)

    def crash(firings: Sequence[Firing], tickets: Sequence[object]) -> None:
        real[0](firings, tickets)
        raise RuntimeError("killed")

    monkeypatch.setattr(ports, "_handlers", [crash])
    return lambda: ports.connect(real[0])


@pytest.mark.django_db(transaction=True)
def test_a_crash_in_the_handler_leaves_the_event_as_it_was_and_the_next_try_finishes(
    workspace: Workspace, crashing_handler: Callable[[], None], empty_broker: redis.Redis
) -> None:
    listening(workspace, "a")
    event = factories.event(workspace)
    empty_broker.flushdb()

    with pytest.raises(RuntimeError, match="killed"):
        matching.match(event.pk)

    assert matched_at(event) is None
    assert empty_broker.keys() == []
    with tenancy.scope(workspace.pk):
        assert (Firing.objects.count(), Run.objects.count()) == (0, 0)

    crashing_handler()
    matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        assert (Firing.objects.count(), Run.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_an_event_matched_by_many_at_once_fires_once(workspace: Workspace, empty_broker: redis.Redis) -> None:
    listening(workspace, "a")
    listening(workspace, "b", "lead.*")
    event = factories.event(workspace)

    races.at_once(lambda _: matching.match(event.pk), threads=8)

    with tenancy.scope(workspace.pk):
        assert (Firing.objects.count(), Run.objects.count()) == (2, 2)


def test_the_cost_is_one_query_for_all_triggers(
    workspace: Workspace, django_assert_max_num_queries: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "_handlers", [lambda _, __: None])
    for number in range(5):
        listening(workspace, f"w{number}", "lead.*")
    matching.match(factories.event(workspace).pk)
    event = factories.event(workspace)

    with django_assert_max_num_queries(
        7, connection=connection
    ):  # savepoint, find, snapshot, decide, tally, fire, release
        matching.match(event.pk)


@pytest.fixture
def arrivals(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Sequence[UUID], Event]]:
    """What is handed up for those who wait."""
    calls: list[tuple[Sequence[UUID], Event]] = []
    monkeypatch.setattr(ports, "_arrival_handlers", [lambda waiters, event: calls.append((waiters, event))])
    return calls


def wait_for(workspace: Workspace, event_type: str, condition: dict[str, Any] | None = None) -> UUID:
    waiter = ids.new_id()
    with tenancy.scope(workspace.pk):
        since = timezone.now() - timedelta(minutes=1)
        waits.listen(waiter=waiter, event_type=event_type, condition=condition, since=since)
    return waiter


def test_who_waits_for_an_event_is_told_once_beside_the_triggers(
    workspace: Workspace, other_workspace: Workspace, arrivals: list[tuple[Sequence[UUID], Event]]
) -> None:
    trigger = listening(workspace, "a")
    condition = {"field": "score", "operator": "gte", "value": 80}
    meant = [wait_for(workspace, "lead.created", condition), wait_for(workspace, "lead.*")]
    wait_for(workspace, "lead.created", {**condition, "value": 81})
    wait_for(workspace, "lead.closed")
    wait_for(other_workspace, "**")
    event = factories.event(workspace, score=80)

    for _ in range(2):
        matching.match(event.pk)

    assert arrivals == [(sorted(meant), event)]
    assert fired(workspace, event) == {trigger.pk}
    with tenancy.scope(workspace.pk):
        assert Wait.objects.count() == 4  # it is for those who waited to be forgotten


def test_an_event_that_others_wait_for_is_not_told(
    workspace: Workspace, arrivals: list[tuple[Sequence[UUID], Event]]
) -> None:
    wait_for(workspace, "lead.closed")
    wait_for(workspace, "order.*")
    event = factories.event(workspace)

    matching.match(event.pk)

    assert arrivals == []
    assert matched_at(event) is not None


@pytest.mark.django_db(transaction=True)
def test_a_crash_while_those_who_wait_are_told_leaves_the_event_undecided(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, empty_broker: redis.Redis
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(ports, "_arrival_handlers", [crash])
    listening(workspace, "a")
    wait_for(workspace, "lead.created")
    event = factories.event(workspace)

    with pytest.raises(RuntimeError, match="killed"):
        matching.match(event.pk)

    assert matched_at(event) is None
    assert fired(workspace, event) == set()


@pytest.mark.parametrize(("awaited", "queries"), [("lead.closed", 7), ("lead.created", 8)])
def test_only_an_event_that_is_waited_for_costs_a_query_more(
    workspace: Workspace,
    arrivals: list[tuple[Sequence[UUID], Event]],
    django_assert_num_queries: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    awaited: str,
    queries: int,
) -> None:
    monkeypatch.setattr(ports, "_handlers", [lambda _, __: None])
    listening(workspace, "w")
    wait_for(workspace, awaited)
    matching.match(factories.event(workspace).pk)
    event = factories.event(workspace)

    with django_assert_num_queries(queries, connection=connection):
        matching.match(event.pk)


def test_an_event_of_long_ago_is_matched_as_any_other(workspace: Workspace) -> None:
    trigger = listening(workspace, "a")
    event = factories.event(workspace)
    with tenancy.scope(workspace.pk):
        Event.objects.update(time=event.time - timedelta(days=3650))

    matching.match(event.pk)

    assert fired(workspace, event) == {trigger.pk}


def test_a_trigger_that_takes_too_long_does_not_fire_and_stops_no_other(workspace: Workspace) -> None:
    slow = {"field": "n", "operator": "eq", "value": "{{ event.data.big | json | length }}" * 100}
    factories.published(workspace, factories.definition(name="Slow", conditions=slow))
    sound = factories.published(workspace, factories.definition(name="Sound"))
    event = factories.event(workspace, n=1, big=list(range(30_000)))

    matching.match(event.pk)

    with tenancy.scope(workspace.pk):
        assert list(Firing.objects.values_list("trigger__workflow", flat=True)) == [sound.pk]
