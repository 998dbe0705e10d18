from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import redis
from django.utils import timezone

from core import ids, tenancy
from core.models import Workspace
from tests import factories, races
from triggers import ports
from triggers.models import Event, Wait
from triggers.services import matching, waits

SEVEN = {"field": "invoice.id", "operator": "eq", "value": 7}


def waiting(
    event_type: str = "invoice.paid",
    condition: dict[str, Any] | None = None,
    *,
    since: datetime | None = None,
    waiter: UUID | None = None,
) -> UUID:
    """The id of somebody new who waits, since a minute ago unless another time is given."""
    waiter = waiter or ids.new_id()
    since = since or timezone.now() - timedelta(minutes=1)
    waits.listen(waiter=waiter, event_type=event_type, condition=condition, since=since)
    return waiter


def paid(workspace: Workspace, number: Any = 7, type_: str = "invoice.paid") -> Event:
    return factories.event(workspace, type_, invoice={"id": number})


def received(event: Event, at: datetime) -> Event:
    """The same event, as if it had been received at another time."""
    Event.objects.filter(pk=event.pk).update(received_at=at)
    event.received_at = at
    return event


def test_an_event_is_for_those_whose_type_and_condition_it_meets(scope: Workspace) -> None:
    meant = [waiting(), waiting(condition=SEVEN), waiting("invoice.*", SEVEN), waiting("**")]
    waiting("invoice.sent")
    waiting("*.*.paid")
    waiting(condition={**SEVEN, "value": 8})
    waiting("invoice.*", {**SEVEN, "value": 8})

    assert waits.met_by(paid(scope)) == sorted(meant)


def test_conditions_see_the_event_and_nothing_else(scope: Workspace) -> None:
    scope.settings = {"plan": "gold"}
    scope.save(update_fields=["settings"])
    meant = waiting(condition={"field": "event.type", "operator": "eq", "value": "invoice.paid"})
    for field in ("workspace.plan", "now", "vars.x", "run.id"):
        waiting(condition={"field": field, "operator": "exists", "value": True})

    assert waits.met_by(paid(scope)) == [meant]


def test_text_with_braces_is_compared_as_it_stands(scope: Workspace) -> None:
    text = '{{ "{{ invoice.id }}" }}'
    meant = waiting(condition={**SEVEN, "value": text})

    assert waits.met_by(paid(scope, 7)) == []
    assert waits.met_by(paid(scope, "{{ invoice.id }}")) == [meant]


def test_an_event_of_before_the_wait_is_not_for_it(scope: Workspace) -> None:
    since = timezone.now()
    waiter = waiting(since=since)
    event = paid(scope)

    assert waits.met_by(received(event, since - timedelta(microseconds=1))) == []
    assert waits.met_by(received(event, since)) == [waiter]


def test_waits_of_another_workspace_are_not_seen(scope: Workspace, other_workspace: Workspace) -> None:
    with tenancy.scope(other_workspace.pk):
        theirs = waiting("**")
    ours = waiting("**")

    event = paid(scope)

    assert waits.met_by(event) == [ours]
    assert waits.look_back(theirs) is None
    waits.forget([theirs])
    with tenancy.scope(other_workspace.pk):
        assert Wait.objects.get().waiter == theirs
        assert waits.look_back(theirs) is None


def test_listening_again_replaces_what_is_waited_for(scope: Workspace) -> None:
    waiter = waiting(condition=SEVEN)
    since = timezone.now() - timedelta(days=1)

    waiting("order.*", {**SEVEN, "field": "order.id"}, since=since, waiter=waiter)
    waiting("order.*", {**SEVEN, "field": "order.id"}, since=since, waiter=waiter)

    wait = Wait.objects.get()
    assert (wait.event_type, wait.condition, wait.since) == ("order.*", {**SEVEN, "field": "order.id"}, since)
    assert waits.met_by(paid(scope)) == []
    assert waits.met_by(factories.event(scope, "order.paid", order={"id": 7})) == [waiter]


def test_who_is_forgotten_waits_no_longer_and_may_be_forgotten_twice(scope: Workspace) -> None:
    first, second, third = waiting(), waiting(), waiting()

    for _ in range(2):
        waits.forget([first, second])

    assert waits.met_by(paid(scope)) == [third]


@pytest.mark.parametrize(
    "broken",
    [
        {"nonsense": True},
        {"field": "a", "operator": "resembles", "value": 1},
        {"jsonlogic": {"resembles": 1}},
        "text",
        {"field": "a b", "operator": "exists", "value": True},
    ],
)
def test_a_wait_that_cannot_be_evaluated_is_not_met_and_stops_no_other(scope: Workspace, broken: Any) -> None:
    waiter, sound = waiting(), waiting()
    Wait.objects.filter(waiter=waiter).update(condition=broken)
    event = paid(scope)

    assert waits.met_by(event) == [sound]
    assert waits.look_back(waiter) is None
    assert waits.look_back(sound) == event


def test_looking_back_finds_the_oldest_event_that_is_there_already(scope: Workspace) -> None:
    paid(scope, 6)
    oldest = paid(scope, 7)
    paid(scope, 7)
    paid(scope, 7, "invoice.sent")

    assert waits.look_back(waiting(condition=SEVEN)) == oldest
    assert waits.look_back(waiting("invoice.*", SEVEN)) == oldest


def test_looking_back_finds_an_event_whether_it_was_decided_on_or_not(scope: Workspace) -> None:
    event = paid(scope)
    waiter = waiting()

    for matched_at in (None, timezone.now()):
        Event.objects.update(matched_at=matched_at)
        assert waits.look_back(waiter) == event


def test_looking_back_finds_nothing_of_before_the_wait(scope: Workspace) -> None:
    since = timezone.now()
    first, second = (paid(scope) for _ in range(2))
    received(first, since - timedelta(microseconds=1))
    received(second, since)

    assert waits.look_back(waiting(since=since)) == second
    assert waits.look_back(waiting(since=since + timedelta(seconds=5))) is None


def test_the_first_id_of_an_instant_is_below_all_ids_made_in_it(scope: Workspace) -> None:
    before = timezone.now()
    event = paid(scope)

    assert ids.first_at(before) <= event.pk
    assert ids.first_at(event.received_at) <= event.pk < ids.first_at(before + timedelta(seconds=60))


def test_looking_back_when_nobody_waits_finds_nothing(scope: Workspace) -> None:
    paid(scope)

    assert waits.look_back(ids.new_id()) is None


def test_looking_back_reads_the_newest_events_page_by_page_and_no_more(
    scope: Workspace, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Callable[..., Any]
) -> None:
    monkeypatch.setattr(waits, "_PAGE", 2)
    monkeypatch.setattr(waits, "MAX_EVENTS", 3)
    events = [paid(scope) for _ in range(5)]
    waiter = waiting()

    with django_assert_num_queries(3):  # the wait, two pages
        found = waits.look_back(waiter)

    assert found == events[2]


def test_looking_back_ends_in_time(scope: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waits, "MAX_LOOK_BACK_SECONDS", -1)
    _, newest = paid(scope), paid(scope)

    assert waits.look_back(waiting()) == newest


def test_those_who_wait_for_other_values_are_not_even_read(scope: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        waiting(condition={**SEVEN, "value": number})
    asked: list[UUID] = []
    real = waits._is_for

    def is_for(wait: Wait, *rest: Any) -> bool:
        asked.append(wait.waiter)
        return real(wait, *rest)

    monkeypatch.setattr(waits, "_is_for", is_for)

    met = waits.met_by(paid(scope, 7))

    assert len(met) == 1
    assert asked == met


@pytest.mark.django_db(transaction=True)
def test_an_event_that_comes_while_somebody_begins_to_wait_is_heard(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, empty_broker: redis.Redis
) -> None:
    told: list[UUID] = []
    monkeypatch.setattr(ports, "_arrival_handlers", [lambda waiters, _: told.extend(waiters)])

    def meet(number: int, waiter: UUID) -> None:
        if number == 0:
            matching.match(paid(workspace).pk)
            return
        with tenancy.scope(workspace.pk):
            waiting(waiter=waiter)
            if waits.look_back(waiter) is not None:
                told.append(waiter)

    waiters = [ids.new_id() for _ in range(20)]
    for waiter in waiters:
        races.at_once(partial(meet, waiter=waiter), threads=2)
        with tenancy.scope(workspace.pk):
            Event.objects.all().delete()
            waits.forget([waiter])

    assert set(told) == set(waiters)
