"""Runs of whole workflows, in both modes."""

from collections.abc import Callable
from typing import Any

import pytest

from core import tenancy
from core.models import Workspace
from tests import factories, runner
from triggers.services import matching
from workflows.models import Run

Flow = Callable[..., Run]

pytestmark = pytest.mark.usefixtures("both_modes")


@pytest.fixture
def flow(workspace: Workspace, both_modes: bool) -> Flow:
    """Publishes these actions, lets an event start them, and goes on as far as it goes without waiting."""

    def start(*actions: dict[str, Any], data: dict[str, Any] | None = None, **changes: Any) -> Run:
        factories.published(workspace, factories.definition(*actions, **changes))
        event = factories.event(workspace, **(data or {}))
        matching.match(event.pk)
        with tenancy.scope(workspace.pk):
            run = Run.objects.get(event=event)
        runner.drain()
        with tenancy.scope(workspace.pk):
            run.refresh_from_db()
        return run

    return start


def step(key: str, message: str = "x", **changes: Any) -> dict[str, Any]:
    """An action that writes a line."""
    return {"id": key, **factories.log_event(message), **changes}


def failing(key: str, **changes: Any) -> dict[str, Any]:
    """An action that fails at once and for good."""
    return {"id": key, "type": "test_trying", "params": {"succeed_on_attempt": 0, "is_retryable": False}, **changes}
