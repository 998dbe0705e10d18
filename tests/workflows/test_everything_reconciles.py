"""Everything is accounted for: whatever control holds runs back, and whatever people repair afterwards."""

from collections import Counter
from typing import Any

import pytest

from core.models import DeadLetter, Workspace
from core.services import redriving
from tests import factories, gatherings, lanes, runner
from tests.workflows.services.repair.conftest import flaky
from triggers.models import Decision, Event
from triggers.services import failures, matching
from workflows.models import Run
from workflows.services import reconciling, recovery
from workflows.services.repair import rerunning, retrying

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("both_modes")]

LONG = {"per_seconds": 3600}
CONTROLS: dict[str, dict[str, Any]] = {
    "Cooldown": {"cooldown_seconds": 3600},
    "Rate": {"rate_limit": {"limit": 2, **LONG}},
    "Dedupe": {"dedupe": {"key": "{{ event.data.customer }}", "window_seconds": 3600}},
    "Debounce": {"debounce_seconds": 10},
    "Batch": {"batch": {"max_events": 2, "seconds": 60}},
    "Queue": {"concurrency": 1},
    "Skip": {"concurrency": {"limit": 1, "on_limit": "skip"}},
    "Newest": {"concurrency": {"limit": 1, "on_limit": "cancel_running"}},
    "Throttle": {"throttle": {"limit": 1, **LONG}},
}
BREAKER = {"circuit_breaker": {"failures": 2, "window_seconds": 3600, "pause_seconds": 3600}}


def publish_everything(scope: Workspace) -> None:
    for name, settings in CONTROLS.items():
        lanes.published(scope, name=name, **settings)
    lanes.published(scope, flaky("charge"), name="Breaker", **BREAKER)
    factories.published(
        scope, factories.definition(name="Other", trigger={"type": "lead.created", "filters": {"n": 1}})
    )


def send(scope: Workspace, *, number: int, customer: str) -> None:
    gatherings.send(scope, number, customer=customer)


def work() -> None:
    """What workers and sweeps do."""
    for _ in range(3):
        runner.drain()
        recovery.sweep()


def dead_event(scope: Workspace) -> Event:
    event = factories.event(scope, customer="acme", n=1)
    assert failures.give_up(event.pk, code="matching_failed", message="boom")
    return event


def reconciled(scope: Workspace) -> None:
    account = reconciling.reconcile(scope)
    summaries, rows, tallied = account.ledgers
    assert (account.drifts, account.undecided) == ((), 0)
    for name in reconciling.COMPARED:
        assert getattr(summaries, name) == getattr(rows, name) == getattr(tallied, name)
    assert rows.candidates == rows.fired + rows.not_matched + rows.suppressed + rows.failed + rows.pending


def test_everything_that_happens_and_is_repaired_adds_up(scope: Workspace) -> None:
    publish_everything(scope)
    send(scope, number=3, customer="acme")
    work()
    send(scope, number=2, customer="globex")
    dead, back = dead_event(scope), dead_event(scope)
    Event.objects.filter(pk=dead.pk).update(received_at="2026-01-01T00:00:00Z")
    reconciled(scope)

    redriving.redrive(DeadLetter.objects.get(source_id=back.pk).pk, by="ada")
    matching.match(back.pk)
    broken = list(Run.objects.filter(workflow__name="Breaker", status="failed").order_by("id"))
    assert len(broken) == 3  # all were underway when the breaker opened
    retrying.retry(broken[0].pk, by="ada")
    redriving.redrive(DeadLetter.objects.get(run_id=broken[1].pk).pk, by="ada")
    replays = [
        rerunning.rerun(run.pk, by="ada")
        for run in Run.objects.filter(workflow__name__in=["Queue", "Batch", "Throttle"], status="completed")
    ]
    reconciled(scope)

    work()
    gatherings.close_all()
    work()
    reconciled(scope)

    codes = Counter(Decision.objects.filter(verdict="suppressed").values_list("code", flat=True))
    assert set(codes) == {"cooldown", "rate_limit", "dedupe", "debounced", "concurrency", "circuit_open"}
    assert lanes.now(broken) == ["completed", "completed", "failed"]
    assert {run.firing_id for run in Run.objects.filter(pk__in=[each.pk for each in replays])} == {None}
    left = DeadLetter.objects.filter(status="open").order_by("kind").values_list("kind", "run_id", "source_id")
    assert [(kind, run or source) for kind, run, source in left] == [("action", broken[2].pk), ("event", dead.pk)]


def test_no_run_is_started_past_a_quota_and_all_of_it_adds_up(scope: Workspace) -> None:
    publish_everything(scope)
    scope.limits = {"max_runs_per_day": 5}
    scope.save()

    send(scope, number=4, customer="acme")
    work()
    gatherings.close_all()

    assert Run.objects.count() == 5
    assert Decision.objects.filter(code="quota").exists()
    reconciled(scope)


def test_events_that_a_trigger_for_several_types_was_asked_about_add_up(scope: Workspace) -> None:
    steps = {"events": [{"event": "lead.created"}, {"event": "lead.lost"}], "within_seconds": 60}
    absence = {"event": "lead.won", "after": {"event": "lead.created"}, "within_seconds": 60}
    for type_, params in (("sequence", steps), ("absence", absence)):
        factories.published(scope, factories.definition(name=type_, trigger={"type": type_, "params": params}))
    for event_type in ("lead.created", "lead.noted", "lead.lost"):
        matching.match(factories.event(scope, event_type).pk)

    reconciled(scope)
