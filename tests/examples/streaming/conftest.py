"""The plugin, its service and a connection to it, for tests that perform one action."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from actions import checking
from actions.base import ActionCall, ActionResult
from actions.registry import action_types
from actions.services import connections
from core.expressions import scope as scopes
from core.expressions import templates
from core.models import Workspace
from core.redaction import Redactor
from examples.streaming.service import StreamingServer
from tests import streaming
from tests.actions.conftest import call, call_with, loopback_is_allowed

__all__ = ("call", "call_with", "loopback_is_allowed")

Perform = Callable[..., ActionResult]


@pytest.fixture
def server() -> Iterator[StreamingServer]:
    with streaming.service() as found:
        yield found


@pytest.fixture
def perform(scope: Workspace, server: StreamingServer, call: ActionCall, loopback_is_allowed: None) -> Perform:
    """Performs an action with its parameters rendered over an event's data, as a run does."""
    streaming.connect(scope, server)

    def act(key: str, params: dict[str, Any], *, attempt: str = "1", **data: Any) -> ActionResult:
        redactor = Redactor()
        action_type = action_types.get(key)
        names = scopes.build(now=datetime(2026, 1, 1, tzinfo=UTC), event={"data": data})
        rendered = templates.render_structure(checking.with_defaults(action_type, params), names)
        ready = replace(
            call, redactor=redactor, connections=connections.Opener(redactor.learn), idempotency_key=f"key-{attempt}"
        )
        return action_type.perform(checking.validated(action_type, rendered), ready)

    return act
