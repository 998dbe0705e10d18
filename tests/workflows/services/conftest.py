"""Runs in the states that tests look at."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from core import tenancy
from core.models import Workspace
from tests import factories
from triggers.services import matching
from workflows.models import ActionRun, Run

StartRun = Callable[..., Run]


@pytest.fixture(autouse=True)
def strict(settings: Settings) -> None:
    """One action at a time, so that tests can look between them."""
    settings.RUN_FAST_FORWARD = False


@pytest.fixture
def start_run(workspace: Workspace) -> StartRun:
    """Publishes a workflow with the actions and lets an event start it; nothing is executed."""

    def start(
        *actions: dict[str, Any], data: dict[str, Any] | None = None, type_: str = "lead.created", **changes: Any
    ) -> Run:
        factories.published(workspace, factories.definition(*actions, **changes))
        event = factories.event(workspace, type_, **(data or {}))
        matching.match(event.pk)
        with tenancy.scope(workspace.pk):
            return Run.objects.get(event=event)

    return start


def trying(*, after_seconds: float = 0, **params: Any) -> dict[str, Any]:
    """An action of `tests.action_types.Trying`, tried twice at most, and again after so many seconds."""
    retry = {"max_attempts": 2, "initial_seconds": after_seconds, "jitter": False}
    return {"id": "try", "type": "test_trying", "params": params, "retry": retry}


def action(run: Run, position: int = 0) -> ActionRun:
    """The action of a run at this position, as it is now."""
    return ActionRun.objects.get(run=run, position=position)


def states(run: Run) -> list[str]:
    """The states of all actions of a run, in order."""
    return list(ActionRun.objects.filter(run=run).order_by("position").values_list("status", flat=True))
