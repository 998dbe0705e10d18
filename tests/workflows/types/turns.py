"""Turns of control actions, as the engine lets them take one: templates rendered, parameters validated."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from actions import checking
from actions.base import ActionFailedError
from actions.registry import action_types
from core.expressions import scope, templates
from workflows.types.base import ControlType, Step, Turn

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
WORKSPACE_ID = UUID("01900000-0000-7000-8000-000000000001")
RUN_ID = UUID("01900000-0000-7000-8000-000000000002")
ACTION_RUN_ID = UUID("01900000-0000-7000-8000-000000000003")


def control(key: str) -> ControlType[Any]:
    found = action_types.get(key)
    assert isinstance(found, ControlType)
    return found


def turn(*, now: datetime = NOW, progress: dict[str, Any] | None = None, **data: Any) -> Turn:
    """A turn of an action in a run of "Greet" in Amsterdam, whose event carries `data`."""
    names = scope.build(
        now=now,
        zone="Europe/Amsterdam",
        event={"id": "e1", "type": "lead.created", "data": data},
        workflow={"id": "w1", "name": "Greet"},
        run={"id": str(RUN_ID)},
        vars={"limit": 80},
    )
    return Turn(WORKSPACE_ID, RUN_ID, ACTION_RUN_ID, names, now, progress)


def take(key: str, params: dict[str, Any], at: Turn | None = None) -> Step:
    at = at or turn()
    action_type = control(key)
    rendered = {
        name: value if name in action_type.as_written else templates.render_structure(value, at.scope)
        for name, value in params.items()
    }
    return action_type.take(checking.validated(action_type, rendered), at)


def failure(key: str, params: dict[str, Any], at: Turn | None = None) -> ActionFailedError:
    with pytest.raises(ActionFailedError) as raised:
        take(key, params, at)
    return raised.value


def problems(key: str, params: dict[str, Any]) -> list[tuple[str, str]]:
    """The pointers and codes of what is wrong with parameters as they are written."""
    return [(each.path, each.code) for each in checking.check_params(control(key), params, path="/params")]
