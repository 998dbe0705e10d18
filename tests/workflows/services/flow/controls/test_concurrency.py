"""How many runs go on at once: at the limit, and one above it."""

from typing import Any

import pytest

from core.models import Workspace
from tests import factories, lanes, runner
from triggers.models import Decision
from triggers.services import matching
from workflows.models import ActionRun, FlowState, Run
from workflows.services import claims, outcomes, performing, stopping
from workflows.services.flow import lanes as service

pytestmark = pytest.mark.django_db

KEYED = {"limit": 1, "key": "{{ event.data.customer }}"}


def test_as_many_as_the_limit_start_and_one_more_waits(scope: Workspace) -> None:
    lanes.published(scope, concurrency=2)

    runs = [lanes.sent(scope) for _ in range(3)]

    assert lanes.now(runs) == ["queued", "queued", "held"]
    waits = Run.objects.get(pk=runs[2].pk)
    assert (waits.status, waits.held_until, waits.held_reason) == (
        "queued", None, "concurrency: 2 of 2 runs go on",
    )  # fmt: skip
    assert set(ActionRun.objects.filter(run=waits).values_list("status", flat=True)) == {"pending"}


def test_events_of_one_message_are_counted_among_each_other(scope: Workspace) -> None:
    lanes.published(scope, concurrency=2)

    lanes.sent_many(scope, 5)

    assert Run.objects.filter(held_at=None).count() == 2
    assert Run.objects.filter(held_at__isnull=False).count() == 3


def test_each_key_has_a_lane_of_its_own(scope: Workspace) -> None:
    lanes.published(scope, concurrency=KEYED)

    runs = [lanes.sent(scope, customer=name) for name in ("acme", "acme", "globex")]

    assert lanes.now(runs) == ["queued", "held", "queued"]
    waits = Run.objects.get(pk=runs[1].pk)
    assert waits.held_reason == "concurrency: 1 of 1 runs with key 'acme' goes on"
    assert set(FlowState.objects.values_list("control", "label")) == {
        ("concurrency", "acme"),
        ("concurrency", "globex"),
    }


def test_a_run_that_ends_lets_the_oldest_that_waits_start(scope: Workspace) -> None:
    lanes.published(scope, concurrency=1)
    runs = [lanes.sent(scope) for _ in range(3)]

    runner.drain()
    assert lanes.now(runs) == ["completed", "held", "held"]
    assert service.open_for(runs[0].pk) == 1

    assert lanes.now(runs) == ["completed", "queued", "held"]
    assert service.open_for(runs[0].pk) == 0  # told twice


def test_who_comes_while_others_wait_does_not_overtake_them(scope: Workspace) -> None:
    lanes.published(scope, concurrency=1)
    runs = [lanes.sent(scope) for _ in range(2)]
    runner.drain()  # there is room, and nobody was told

    late = lanes.sent(scope)

    assert lanes.now([*runs, late]) == ["completed", "held", "held"]
    assert Run.objects.get(pk=late.pk).held_reason == "concurrency: other runs wait before it"
    lanes.opened()
    assert lanes.now([*runs, late]) == ["completed", "queued", "held"]


def test_with_skip_one_more_does_not_start_and_the_decision_says_why(scope: Workspace) -> None:
    lanes.published(scope, concurrency={**KEYED, "on_limit": "skip"})
    lanes.sent(scope, customer="acme")

    matching.match(factories.event(scope, customer="acme").pk)

    assert Run.objects.count() == 1
    decision = Decision.objects.get()
    assert (decision.verdict, decision.code) == ("suppressed", "concurrency")
    assert decision.reason == "concurrency: 1 of 1 runs with key 'acme' goes on"


def test_with_cancel_running_the_newest_takes_the_place_of_all_before_it(scope: Workspace) -> None:
    lanes.published(scope, lanes.WAIT, concurrency={"limit": 1, "on_limit": "cancel_running"})
    first = lanes.sent(scope)
    runner.drain()
    second, third = lanes.sent(scope), lanes.sent(scope)
    assert lanes.now([first, second, third]) == ["waiting", "held", "held"]

    service.open_for(third.pk)

    assert lanes.now([first, second, third]) == ["cancelled", "cancelled", "queued"]
    first.refresh_from_db()
    assert first.error is not None
    assert (first.error["code"], str(third.pk) in first.error["message"]) == ("superseded", True)


def test_with_cancel_running_and_a_limit_the_newest_so_many_are_kept(scope: Workspace) -> None:
    lanes.published(scope, lanes.WAIT, concurrency={"limit": 2, "on_limit": "cancel_running"})
    runs = [lanes.sent(scope) for _ in range(3)]

    service.open_for(runs[2].pk)

    assert lanes.now(runs) == ["cancelled", "queued", "queued"]


def test_what_runs_at_the_moment_is_let_end_before_the_newer_run_starts(scope: Workspace) -> None:
    lanes.published(scope, factories.log_event("1"), factories.log_event("2"), concurrency={
        "limit": 1, "on_limit": "cancel_running"})  # fmt: skip
    first = lanes.sent(scope)
    claim = claims.claim(ActionRun.objects.get(run=first, position=0).pk, is_careful=True)
    second = lanes.sent(scope)
    service.open_for(second.pk)
    assert lanes.now([first, second]) == ["running", "held"]

    assert claim is not None
    outcomes.record(claim, performing.perform(claim))
    lanes.opened()

    assert lanes.now([first, second]) == ["cancelled", "queued"]


def test_a_run_that_waits_is_cancelled_at_once_and_no_longer_held(scope: Workspace) -> None:
    lanes.published(scope, concurrency=1)
    runs = [lanes.sent(scope) for _ in range(3)]

    stopping.cancel(runs[1].pk)

    assert lanes.now(runs) == ["queued", "cancelled", "held"]
    runner.drain()
    lanes.opened()
    assert lanes.now(runs) == ["completed", "cancelled", "queued"]


def test_the_time_of_a_run_begins_when_it_starts(scope: Workspace) -> None:
    lanes.published(scope, concurrency=1, timeout_seconds=60)
    runs = [lanes.sent(scope) for _ in range(2)]
    assert [Run.objects.get(pk=run.pk).deadline_at is None for run in runs] == [False, True]

    runner.drain()
    lanes.opened()

    assert Run.objects.get(pk=runs[1].pk).deadline_at is not None


def test_a_crash_while_a_lane_is_opened_changes_nothing(scope: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    lanes.published(scope, concurrency=1)
    runs = [lanes.sent(scope) for _ in range(2)]
    runner.drain()

    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError("crashed")

    with monkeypatch.context() as patched:
        patched.setattr("workflows.services.flow.releasing.hinting.hint_ids", crash)
        with pytest.raises(RuntimeError):
            service.open_for(runs[0].pk)
    assert lanes.now(runs) == ["completed", "held"]

    assert service.open_for(runs[0].pk) == 1
