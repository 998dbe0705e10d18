"""What happens in between, put there by hand: a race would find it once in a thousand times."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from django.db import connections, transaction
from django.utils import timezone

from core import tenancy
from core.ids import new_id
from core.models import Workspace
from tests import factories, runner
from tests.workflows.flows.conftest import failing, step
from tests.workflows.services.conftest import StartRun
from triggers.services import matching, waits
from workflows.engine import planner
from workflows.models import ActionRun, Run
from workflows.services import advancing, claims, execution, outcomes, performing, recovery, stopping
from workflows.services.advancing import Advance
from workflows.services.claims import Claim

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker")]

SECONDS = 10.0  # for what happens in another thread
BLOCKED_SECONDS = 0.3  # until it surely waits for a lock


def row(run: Run, key: str) -> ActionRun:
    with tenancy.unscoped("tests look at everything"):
        return ActionRun.objects.get(run=run, key=key)


def held(run: Run, key: str) -> Claim:
    """The claim of a worker that is about to perform it."""
    found = claims.claim(row(run, key).pk, is_careful=True)
    assert found is not None
    return found


def end(claim: Claim) -> None:
    """What the worker does then."""
    with tenancy.scope(claim.workspace_id):
        outcomes.record(claim, performing.perform(claim))


def end_lease(pk: UUID) -> None:
    with tenancy.unscoped("tests look at everything"):
        ActionRun.objects.filter(pk=pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    recovery.sweep()


def status(run: Run) -> str:
    with tenancy.unscoped("tests look at everything"):
        run.refresh_from_db()
    return run.status


def elsewhere(call: Callable[[], object]) -> Future[object]:
    """Do it in another thread, on a connection of its own."""

    def act() -> object:
        try:
            return call()
        finally:
            connections.close_all()

    return ThreadPoolExecutor(1).submit(act)


@contextmanager
def before(owner: object, name: str, happens: Callable[[], object]) -> Iterator[list[object]]:
    """Let something happen just before the first call of `owner.name`; what it gave is in the list then."""
    real = getattr(owner, name)
    happened: list[object] = []

    def call(*args: Any, **kwargs: Any) -> Any:
        if not happened:
            happened.append(None)
            happened[0] = happens()
        return real(*args, **kwargs)

    with patch.object(owner, name, call):
        yield happened


class CrashError(BaseException):
    """The worker is gone."""


@pytest.mark.parametrize("keys", [["a", "b"], ["a"]], ids=["another follows", "the last"])
def test_a_crash_after_an_action_of_a_cancelled_run_leaves_no_run_behind(
    workspace: Workspace, start_run: StartRun, keys: list[str]
) -> None:
    run = start_run(*map(step, keys))
    claim = held(run, "a")
    with tenancy.scope(workspace.pk):
        stopping.cancel(run.pk)

    with pytest.raises(CrashError), patch.object(stopping, "locked", side_effect=CrashError):
        end(claim)
    end_lease(claim.id)
    runner.drain()

    assert status(run) == "cancelled"


def test_a_failure_beside_an_action_that_completes_ends_the_run(start_run: StartRun) -> None:
    run = start_run(failing("x", needs=[]), step("a", needs=[]), step("b", needs=["a"]))
    failed, completed = held(run, "x"), held(run, "a")

    with before(planner, "decide", lambda: elsewhere(lambda: end(completed)).result(SECONDS)):
        end(failed)
    runner.drain()

    assert runner.states(run) == {"x": "failed", "a": "completed", "b": "cancelled"}
    assert status(run) == "failed"


def test_a_run_that_is_cancelled_while_an_inner_action_completes_ends(
    workspace: Workspace, start_run: StartRun
) -> None:
    run = start_run({"id": "p", "type": "parallel", "params": {"branches": {"only": [step("a"), step("b")]}}})
    execution.execute(row(run, "p").pk)
    completed = held(run, "a")
    real = advancing._lock

    def lock(rows: Sequence[ActionRun]) -> bool:
        if [each.key for each in rows] == ["b"] and row(run, "a").status == "running":
            elsewhere(lambda: end(completed)).result(SECONDS)
        return real(rows)

    with tenancy.scope(workspace.pk), patch.object(advancing, "_lock", lock):
        stopping.cancel(run.pk)
    runner.drain()

    assert runner.states(run) == {"p": "cancelled", "a": "completed", "b": "cancelled"}
    assert status(run) == "cancelled"


def test_a_failure_and_an_instant_action_lock_in_one_order(start_run: StartRun) -> None:
    run = start_run(failing("x", needs=[]), step("a", needs=[]), step("b", needs=["a"]))
    failed, instant = held(run, "x"), row(run, "a").pk

    def happens() -> Future[object]:
        future = elsewhere(lambda: execution.execute(instant))
        wait([future], timeout=BLOCKED_SECONDS)
        return future

    with before(Advance, "_cancel", happens) as happened:
        end(failed)
    assert isinstance(happened[0], Future)
    happened[0].result(SECONDS)
    runner.drain()

    assert runner.states(run) == {"x": "failed", "a": "cancelled", "b": "skipped"}
    assert status(run) == "failed"


def test_an_action_that_is_followed_by_one_from_further_up_waits_for_the_run(
    workspace: Workspace, start_run: StartRun
) -> None:
    run = start_run(step("x", needs=[]), step("b", needs=["a"]), step("a", needs=[]))
    execution.execute(row(run, "x").pk)
    instant = row(run, "a").pk

    with tenancy.scope(workspace.pk), transaction.atomic():
        stopping.locked(run.pk)
        ActionRun.objects.select_for_update().get(run=run, key="b")  # as in the document
        future = elsewhere(lambda: execution.execute(instant))
        wait([future], timeout=BLOCKED_SECONDS)
        ActionRun.objects.select_for_update().get(pk=instant)
    future.result(SECONDS)


def test_a_late_turn_does_not_undo_what_has_arrived_since(workspace: Workspace, start_run: StartRun) -> None:
    run = start_run({"id": "paid", "type": "wait_for_event", "params": {"event": "order.paid"}})
    late = claims.claim(row(run, "paid").pk)
    assert late is not None
    with tenancy.scope(workspace.pk):
        outcome = performing.perform(late)
    runner.drain()
    matching.match(factories.event(workspace, "order.paid").pk)

    with tenancy.scope(workspace.pk):
        outcomes.record(late, outcome)
    runner.drain()

    assert status(run) == "completed"


def test_waits_are_forgotten_and_met_in_one_order(workspace: Workspace) -> None:
    low, high = new_id(), new_id()
    event = factories.event(workspace, "order.paid")
    with tenancy.scope(workspace.pk):
        for waiter in (high, low):
            waits.listen(waiter=waiter, event_type="order.paid", condition=None, since=timezone.now())

    def forget() -> None:
        with tenancy.scope(workspace.pk), transaction.atomic():
            waits.forget([high, low])

    with tenancy.scope(workspace.pk), transaction.atomic():
        waits.keep([low], event)
        future = elsewhere(forget)
        wait([future], timeout=BLOCKED_SECONDS)
        waits.keep([high], event)
    future.result(SECONDS)
