"""Recovery: what lost messages and dead workers left behind comes back onto the normal road."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from actions.registry import action_types
from core.models import Workspace
from tests import factories
from tests.workflows.services.conftest import StartRun, action, states, trying
from workflows.models import ActionAttempt, ActionRun, Run, WorkflowVersion
from workflows.services import claims, execution, recovery, versions

pytestmark = pytest.mark.django_db


def claimed_by_a_dead_worker(run: Run) -> None:
    assert claims.claim(action(run).pk) is not None
    ActionRun.objects.filter(run=run, status="running").update(lease_until=timezone.now() - timedelta(seconds=1))


@contextmanager
def locked(action_run_id: UUID) -> Iterator[None]:
    """Another session locks this row, and does nothing more."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT 1 FROM workflows_actionrun WHERE id = %s FOR UPDATE", [action_run_id])
        yield


def test_an_action_whose_lease_ended_is_tried_again(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying(succeed_on_attempt=2))
    claimed_by_a_dead_worker(run)

    recovery.sweep()
    execution.execute(action(run).pk)

    tries = list(ActionAttempt.objects.values_list("number", "outcome"))
    assert tries == [(1, "lost"), (2, "completed")]
    assert states(run) == ["completed"]


def test_a_row_that_cannot_be_handled_stops_no_other(scope: Workspace, start_run: StartRun) -> None:
    broken, sound = start_run(trying()), start_run(trying(), name="Sound", trigger="deal.won", type_="deal.won")
    for run in (broken, sound):
        claimed_by_a_dead_worker(run)
    WorkflowVersion.objects.filter(pk=broken.version_id).update(definition={"no": "definition"})
    versions.load.cache_clear()

    recovery.sweep()

    assert states(broken) == ["running"]
    assert states(sound) == ["queued"]


@pytest.mark.django_db(transaction=True)
def test_a_row_that_a_frozen_process_has_locked_stops_no_other(scope: Workspace, start_run: StartRun) -> None:
    frozen, sound = start_run(trying()), start_run(trying(), name="Sound", trigger="deal.won", type_="deal.won")
    for run in (frozen, sound):
        claimed_by_a_dead_worker(run)

    with locked(action(frozen).pk):
        recovery.sweep()
        assert (states(frozen), states(sound)) == (["running"], ["queued"])

    recovery.sweep()
    assert states(frozen) == ["queued"]


def test_a_process_that_is_frozen_in_a_transaction_loses_its_locks_after_a_minute(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("1min",)


def test_a_wait_that_cannot_be_read_keeps_no_other_from_going_on(scope: Workspace, start_run: StartRun) -> None:
    delay = {"id": "wait", "type": "delay", "params": {"seconds": 60}}
    broken, sound = start_run(delay), start_run(delay, name="Sound", trigger="deal.won", type_="deal.won")
    for run in (broken, sound):
        execution.execute(action(run).pk)
    ActionRun.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    WorkflowVersion.objects.filter(pk=broken.version_id).update(definition={"no": "definition"})
    versions.load.cache_clear()

    recovery.requeue_due()

    assert states(sound) == ["queued"]


def test_what_a_release_does_not_know_is_not_repeated(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying())
    claimed_by_a_dead_worker(run)
    action_type = action_types._items.pop("test_trying")

    try:
        recovery.sweep()
    finally:
        action_types.register("test_trying", action_type)

    assert (action(run).error or {})["code"] == "outcome_unknown"


def test_a_lease_that_has_not_ended_is_left_alone(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying())
    claims.claim(action(run).pk)

    recovery.sweep()

    assert states(run) == ["running"]
    assert not ActionAttempt.objects.exists()


def test_sweeping_twice_takes_a_lost_try_once(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying())
    claimed_by_a_dead_worker(run)

    recovery.sweep()
    recovery.sweep()

    assert ActionAttempt.objects.count() == 1
    assert (states(run), action(run).attempt) == (["queued"], 1)


def test_an_action_that_kills_its_worker_every_time_fails(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying())

    for _ in range(2):
        claimed_by_a_dead_worker(run)
        recovery.sweep()

    run.refresh_from_db()
    message = "The worker stopped in the middle of this try."
    assert (run.status, run.error) == ("failed", {"code": "worker_lost", "message": message, "action": "try"})


def test_what_may_have_been_sent_without_a_key_is_not_sent_again(scope: Workspace, start_run: StartRun) -> None:
    run = start_run({**trying(), "type": "test_once"})
    claimed_by_a_dead_worker(run)

    recovery.sweep()

    row = action(run)
    assert (row.status, (row.error or {})["code"]) == ("needs_decision", "outcome_unknown")
    run.refresh_from_db()
    assert run.status == "needs_decision"
    assert list(ActionAttempt.objects.values_list("outcome", flat=True)) == ["lost"]


def test_after_a_lost_try_that_is_allowed_to_fail_the_next_action_is_queued(
    scope: Workspace, start_run: StartRun
) -> None:
    run = start_run({**trying(), "type": "test_once", "allow_failure": True}, factories.log_event("after"))
    claimed_by_a_dead_worker(run)

    recovery.sweep()

    assert states(run) == ["failed", "queued"]


def test_a_waiting_action_is_queued_when_it_is_due_and_not_before(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying(succeed_on_attempt=2, after_seconds=5))
    execution.execute(action(run).pk)
    ActionRun.objects.filter(run=run).update(due_at=timezone.now() + timedelta(minutes=1))

    recovery.sweep()
    assert states(run) == ["waiting"]

    ActionRun.objects.filter(run=run).update(due_at=timezone.now())
    recovery.sweep()
    assert (states(run), action(run).due_at) == (["queued"], None)


def test_a_queued_action_is_published_again_when_its_message_is_gone(scope: Workspace, start_run: StartRun) -> None:
    run = start_run(trying())
    long_ago = timezone.now() - timedelta(hours=1)
    ActionRun.objects.filter(run=run).update(hinted_at=long_ago)

    assert [recovery.rehint(), recovery.rehint()] == [1, 0]

    hinted_at = action(run).hinted_at
    assert hinted_at is not None
    assert hinted_at > long_ago
