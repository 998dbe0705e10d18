"""Runs that went wrong, in both modes."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from core import tenancy
from core.models import Workspace
from tests import runner
from tests.workflows import asking
from workflows.models import ActionRun, Run

Flow = Callable[..., Run]


@pytest.fixture
def flow(workspace: Workspace, both_modes: bool) -> Flow:
    """Publishes actions, lets an event start them, and goes on as far as it goes without waiting."""
    return partial(asking.started, workspace)


def flaky(key: str, *, on: int = 2, **changes: Any) -> dict[str, Any]:
    """An action with an idempotency key that fails for good until the attempt with this number."""
    params = {"succeed_on_attempt": on, "is_retryable": False}
    return {"id": key, "type": "test_trying", "params": params, **changes}


def once(key: str, **changes: Any) -> dict[str, Any]:
    """The same without a key: done again, it may be done twice."""
    return {**flaky(key), "type": "test_once", **changes}


def ended(run: Run) -> Run:
    """The run as it is once workers did all they could."""
    runner.drain()
    with tenancy.scope(run.workspace_id):
        run.refresh_from_db()
    return run


def tries(run: Run) -> dict[str, list[str]]:
    """The outcomes of all tries, by action."""
    with tenancy.scope(run.workspace_id):
        rows = ActionRun.objects.filter(run=run).prefetch_related("attempts").order_by("position", "iteration")
        names = {row: row.key + (f"[{row.iteration}]" if row.iteration else "") for row in rows}
        return {name: [each.outcome for each in row.attempts.all()] for row, name in names.items()}
