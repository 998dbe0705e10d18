"""A crash after any statement: the run is recovered to the same end, and nothing that completed is done again."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.utils import timezone

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.workflows.flows.conftest import failing, step
from triggers.services import matching
from workflows.models import ActionAttempt, ActionRun, Run
from workflows.services import execution, recovery, statements

pytestmark = pytest.mark.django_db

MAX_STATEMENTS = 400
STRIDE = 3  # of the statements that are tried; each mode begins at another one
TWO = {"items": [1, 2], "max_parallel": 2}
TRY_AGAIN = {"max_attempts": 5, "initial_seconds": 0}


class CrashError(BaseException):
    """The worker is gone."""


def doing(key: str, **changes: Any) -> dict[str, Any]:
    """An action that is claimed before it is done, and may be repeated."""
    return {"id": key, "type": "test_counted", "params": {"name": key}, "retry": TRY_AGAIN, **changes}


SHAPES = {
    "list": [doing("a"), step("b"), doing("c")],
    "branches": [
        {"id": "if", "type": "condition", "params": {"if": {"field": "n", "operator": "eq", "value": 1}}},
        doing("yes", needs=["if.true"]),
        doing("no", needs=["if.false"]),
        step("join", needs=["yes", "no"], join="any"),
    ],
    "parallel": [
        {"id": "p", "type": "parallel", "params": {"branches": {"l": [doing("l")], "r": [doing("r1"), step("r2")]}}},
        doing("after"),
    ],
    "loop": [
        {"id": "each", "type": "loop", "for_each": TWO, "params": {"actions": [doing("i")]}},
        step("after"),
    ],
    "undo": [doing("book", undo={"type": "test_counted", "params": {"name": "unbook"}}), failing("boom")],
    "delay": [{"id": "wait", "type": "delay", "params": {"seconds": 0.01}}, doing("after")],
}  # fmt: skip


QUICK = ("branches", "loop", "undo")


@pytest.mark.parametrize(
    "shape", [pytest.param(each, marks=() if each in QUICK else pytest.mark.long) for each in SHAPES]
)
def test_a_crash_after_any_statement_changes_nothing_in_the_end(
    workspace: Workspace, both_modes: bool, shape: str
) -> None:
    factories.published(workspace, factories.definition(*SHAPES[shape]))
    expected = finish(start(workspace))

    for number in range(int(both_modes), MAX_STATEMENTS, STRIDE):
        run = start(workspace)
        with crash_after(number) as has_crashed:
            finish(run)
        if not has_crashed():
            assert number > STRIDE
            return
        recover(run)
        assert finish(run) == expected, f"after statement {number}"
    raise AssertionError("the run has more statements than are tried")


def start(workspace: Workspace) -> Run:
    event = factories.event(workspace, n=1)
    matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        return Run.objects.get(event=event)


def finish(run: Run) -> dict[str, Any]:
    """How the run ended: its status, that of its actions, and how often each of them completed."""
    for _ in range(3):  # due retries and delays
        with tenancy.unscoped("tests look at everything"):
            queued = ActionRun.objects.filter(run=run, status="queued").order_by("id")
            while ids := list(queued.values_list("pk", flat=True)):
                for pk in ids:
                    execution.execute(pk)
            ActionRun.objects.filter(run=run, due_at__isnull=False).update(due_at=timezone.now() - timedelta(hours=1))
        recovery.requeue_due()
    with tenancy.unscoped("tests look at everything"):
        run.refresh_from_db()
        tries = ActionAttempt.objects.filter(action_run__run=run, outcome="completed")
        completed = Counter(tries.values_list("action_run__key", "action_run__iteration"))
        assert set(completed.values()) <= {1}, "what completed is not done again"
    return {"status": run.status, "actions": runner.states(run), "completed": completed}


def recover(run: Run) -> None:
    """What the sweeps do once the lease of the dead worker is over."""
    with tenancy.unscoped("tests look at everything"):
        rows = ActionRun.objects.filter(run=run, status="running")
        rows.update(lease_until=timezone.now() - timedelta(seconds=1))
    recovery.sweep()


@contextmanager
def crash_after(number: int) -> Iterator[Callable[[], bool]]:
    """Let the statement with this number be the last one that the code gets to run."""
    seen, real = 0, statements.one

    def counted(run: Callable[[], Any]) -> Any:
        nonlocal seen
        result = run()
        seen += 1
        if seen == number + 1:
            raise CrashError
        return result

    def wrapper(execute: Callable[..., Any], *args: Any) -> Any:
        return counted(lambda: execute(*args))

    def one(statement: str, **values: Any) -> Any:
        return counted(lambda: real(statement, **values))

    try:
        with patch.object(statements, "one", one), connection.execute_wrapper(wrapper):
            yield lambda: seen > number
    except CrashError:
        pass
