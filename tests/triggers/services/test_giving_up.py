"""Events that nobody can decide on: counted, given up, tried again; the others of their message go on."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import redis
from pytest_django import Settings

from core import tenancy
from core.errors import ConflictError
from core.models import DeadLetter, Workspace
from core.services import redriving
from tests import broker, factories
from tests.broker import Message
from triggers import ports, tasks
from triggers.models import Event, Firing
from triggers.services import explaining, failures, giving_up, matching, recovery

pytestmark = pytest.mark.django_db

Break = Callable[[Event], None]


@pytest.fixture(autouse=True)
def few_tries(settings: Settings) -> None:
    settings.SEQUITUR_MAX_EVENT_TRIES = 3


@pytest.fixture
def break_(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Makes runs of an event fail to start, as a fault of ours would."""

    def make(event: Event) -> None:
        handlers = list(ports._handlers)

        def receive(firings: Sequence[Any], tickets: Sequence[object]) -> None:
            if any(each.event_id == event.pk for each in firings):
                raise ZeroDivisionError("no run can be made of it")
            for each in handlers:
                each(firings, tickets)

        monkeypatch.setattr(ports, "_handlers", [receive])

    return make


def read(event: Event) -> Event:
    with tenancy.scope(event.workspace_id):
        return Event.objects.get(pk=event.pk)


def letter(event: Event) -> DeadLetter:
    with tenancy.scope(event.workspace_id):
        return DeadLetter.objects.get(source_id=event.pk)


def fail(event: Event, *, times: int) -> None:
    for _ in range(times):
        with pytest.raises(ZeroDivisionError):
            matching.match_many([event.pk])


def test_an_event_that_goes_well_is_not_counted(workspace: Workspace) -> None:
    event = factories.event(workspace)

    tasks.match_events([str(event.pk)])

    assert read(event).tries == 0


def test_an_event_that_fails_is_given_up_after_so_many_tries(workspace: Workspace, break_: Break) -> None:
    factories.published(workspace)
    event = factories.event(workspace)
    break_(event)

    fail(event, times=2)
    assert (read(event).tries, read(event).dead_at) == (2, None)
    matching.match_many([event.pk])
    matching.match_many([event.pk])  # nobody tries it any more

    dead = read(event)
    assert (dead.tries, dead.hinted_at, dead.matched_at, dead.dead_at is not None) == (3, None, None, True)
    found = letter(event)
    assert (found.kind, found.code, found.attempts) == ("event", "matching_failed", 3)
    assert found.message == "ZeroDivisionError: no run can be made of it"
    assert found.payload == {"event": str(event.pk), "id": event.event_id, "type": event.type, "source": event.source}


def test_the_others_of_its_message_go_on(workspace: Workspace, break_: Break) -> None:
    factories.published(workspace)
    good, bad, after = (factories.event(workspace) for _ in range(3))
    break_(bad)

    with pytest.raises(ZeroDivisionError):
        matching.match_many([good.pk, bad.pk, after.pk])

    assert [read(each).matched_at is not None for each in (good, bad, after)] == [True, False, True]
    assert [read(each).tries for each in (good, bad, after)] == [0, 1, 0]


def test_a_try_that_ends_its_worker_is_counted_before_it_is_made(workspace: Workspace) -> None:
    event = factories.event(workspace)

    assert [failures.begin(event.pk) for _ in range(4)] == [1, 2, 3, 0]

    assert (letter(event).code, letter(event).attempts) == ("worker_lost", 4)
    assert read(event).dead_at is not None


def test_with_care_those_that_nobody_tried_are_decided_together_and_the_others_alone(
    workspace: Workspace, break_: Break
) -> None:
    factories.published(workspace)
    fresh, suspect, dead = (factories.event(workspace) for _ in range(3))
    with tenancy.scope(workspace.pk):
        Event.objects.filter(pk=suspect.pk).update(tries=2)
        Event.objects.filter(pk=dead.pk).update(tries=3)

    giving_up.match_carefully([fresh.pk, suspect.pk, dead.pk])

    assert [read(each).tries for each in (fresh, suspect)] == [1, 3]
    assert [read(each).matched_at is not None for each in (fresh, suspect, dead)] == [True, True, False]
    assert letter(dead).code == "worker_lost"


def test_a_careful_try_that_fails_is_counted_once(workspace: Workspace, break_: Break) -> None:
    factories.published(workspace)
    event = factories.event(workspace)
    break_(event)

    for tries in (1, 2):
        with pytest.raises(ZeroDivisionError):
            giving_up.match_carefully([event.pk])
        assert read(event).tries == tries
    giving_up.match_carefully([event.pk])

    assert (read(event).tries, letter(event).attempts) == (3, 3)


@pytest.mark.django_db(transaction=True)
def test_an_event_whose_message_was_lost_is_tried_with_care(
    workspace: Workspace, empty_broker: redis.Redis, settings: Settings
) -> None:
    event = factories.event(workspace)
    empty_broker.flushdb()
    settings.SEQUITUR_REHINT_SECONDS = 0

    recovery.rehint()

    [message] = broker.messages(empty_broker, "events")
    assert message == Message("triggers.match_events", [[str(event.pk)]], {"again": True})
    tasks.match_events(*message.args, **message.kwargs)
    assert (read(event).tries, read(event).matched_at is not None) == (1, True)


@pytest.mark.django_db(transaction=True)
def test_a_dead_event_is_swept_no_more_and_redriven_once(
    workspace: Workspace, empty_broker: redis.Redis, settings: Settings
) -> None:
    event = factories.event(workspace)
    failures.give_up(event.pk, code="worker_lost", message="It ended its worker.")
    empty_broker.flushdb()
    settings.SEQUITUR_REHINT_SECONDS = 0
    assert recovery.rehint() == 0

    with tenancy.scope(workspace.pk):
        for _ in range(2):
            redriving.redrive(letter(event).pk, by="ada")

    assert [each.args for each in broker.messages(empty_broker, "events")] == [[[str(event.pk)]]]
    assert (read(event).tries, read(event).dead_at) == (0, None)
    matching.match(event.pk)
    assert read(event).matched_at is not None


def test_an_event_that_was_decided_is_not_redriven(workspace: Workspace) -> None:
    event = factories.event(workspace)
    failures.give_up(event.pk, code="worker_lost", message="It ended its worker.")
    with tenancy.scope(workspace.pk):
        Event.objects.filter(pk=event.pk).update(dead_at=None)
        with pytest.raises(ConflictError, match="not dead"):
            redriving.redrive(letter(event).pk, by="ada")


def test_a_dead_event_says_so_at_every_trigger(workspace: Workspace) -> None:
    workflow = factories.published(workspace)
    event = factories.event(workspace)
    matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        Event.objects.filter(pk=event.pk).update(matched_at=None, decision=None)
        Firing.objects.all().delete()
    failures.give_up(event.pk, code="worker_lost", message="It ended its worker.")

    dead = read(event)
    with tenancy.scope(workspace.pk):
        [account] = explaining.accounts(explaining.candidates(dead).filter(workflow_id=workflow.pk), dead)
    assert (account.verdict, account.reason) == ("failed", "dead: given up after 0 tries; see its dead letter.")
