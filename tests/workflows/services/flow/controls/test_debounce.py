from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from core import tenancy
from core.models import Workspace
from tests import factories, gatherings
from triggers.models import Decision, Event, Firing
from triggers.services import matching
from workflows.services.flow import closing

pytestmark = pytest.mark.django_db

NOON = datetime.fromisoformat("2026-11-22T12:00:00+00:00")


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def send_at(workspace: Workspace, seconds: float, **data: Any) -> Event:
    event = factories.event(workspace, **data)
    with time_machine.travel(at(seconds), tick=False):
        matching.match(event.pk)
    return event


def test_the_last_event_starts_the_run_after_silence(workspace: Workspace) -> None:
    gatherings.published(workspace, debounce_seconds=10)
    first, second, last = [send_at(workspace, seconds, n=seconds) for seconds in (0, 9.999, 15)]

    assert closing.sweep(now=at(24.999)) == 0
    assert gatherings.verdicts(first, second, last) == ["pending:debounce"] * 3
    assert closing.sweep(now=at(25)) == 1

    [run] = gatherings.runs(workspace)
    assert run.event_id == last.pk
    assert gatherings.verdicts(first, second, last) == ["suppressed:debounced", "suppressed:debounced", "fired"]
    assert closing.sweep(now=at(1000)) == 0


def test_an_event_just_before_the_end_moves_it_and_one_at_the_end_begins_anew(workspace: Workspace) -> None:
    gatherings.published(workspace, debounce_seconds=10)
    for seconds in (0, 9.999, 19.999):
        send_at(workspace, seconds)

    first, second = gatherings.rows(workspace)

    assert (first.count, first.due_at, first.is_open) == (2, at(19.999), False)
    assert (second.count, second.due_at, second.is_open) == (1, at(29.999), True)


def test_it_starts_at_the_latest_after_the_maximum_wait(workspace: Workspace) -> None:
    gatherings.published(workspace, debounce_seconds=10, debounce_max_seconds=25)
    for seconds in (0, 8, 16, 24, 24.999, 25):
        send_at(workspace, seconds)

    first, second = gatherings.rows(workspace)

    assert (first.count, first.due_at) == (5, at(25))
    assert (second.count, second.due_at, second.latest_at) == (1, at(35), at(50))


def test_each_key_is_silent_on_its_own(workspace: Workspace) -> None:
    gatherings.published(workspace, debounce_seconds=10, debounce_key="{{ event.data.who }}")
    ada, ben, ada_again = [send_at(workspace, n, who=who) for n, who in enumerate(("ada", "ben", "ada"))]

    assert {row.label: row.count for row in gatherings.rows(workspace)} == {"ada": 2, "ben": 1}
    assert closing.sweep(now=at(11)) == 1
    assert gatherings.verdicts(ada, ben, ada_again) == ["pending:debounce", "fired", "pending:debounce"]


def test_what_waits_says_until_when_and_what_did_not_start_says_what_did(workspace: Workspace) -> None:
    gatherings.published(workspace, debounce_seconds=10)
    first, last = send_at(workspace, 0), send_at(workspace, 1)
    with tenancy.scope(workspace.pk):
        waiting = Decision.objects.get(event=last)

    closing.sweep(now=at(11))

    assert (waiting.reason, waiting.until) == ("debounce until 2026-11-22T12:00:11.000+00:00", at(11))
    [row], [run] = gatherings.rows(workspace), gatherings.runs(workspace)
    assert waiting.gathering == row.pk
    with tenancy.scope(workspace.pk):
        said = Decision.objects.get(event=first)
        assert Firing.objects.get().gathering == row.pk
    assert said.reason == (
        f"debounced: the event {last.event_id} ({last.pk}) came later, which started the run {run.pk}"
    )
    assert said.until is None


def test_the_sums_move_with_the_rows(workspace: Workspace) -> None:
    gatherings.published(workspace, debounce_seconds=10)
    first, last = send_at(workspace, 0), send_at(workspace, 1)
    assert gatherings.counts(first) == {"candidates": 1, "pending": 1}

    closing.sweep(now=at(11))

    assert gatherings.counts(first) == {"candidates": 1, "suppressed": 1}
    assert gatherings.counts(last) == {"candidates": 1, "fired": 1}


def test_what_is_too_deep_is_a_loop_and_waits_for_nothing(workspace: Workspace) -> None:
    gatherings.published(workspace, debounce_seconds=10)
    event = factories.event(workspace)
    with tenancy.scope(workspace.pk):
        Event.objects.update(depth=99)

    matching.match(event.pk)

    assert gatherings.verdicts(event) == ["suppressed:loop"]
    assert gatherings.rows(workspace) == []
