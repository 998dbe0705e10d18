"""Connections for tests: what an action opens, without a row, and what it learns to hide."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from actions.base import ActionCall
from actions.connections.base import Opened, TestCall
from actions.connections.registry import connection_types
from actions.services.sealing import texts
from core.redaction import Redactor

CONNECTION_ID = UUID("01900000-0000-7000-8000-000000000003")


@dataclass(frozen=True, slots=True)
class OneConnection:
    """The only connection that there is."""

    opened: Opened[Any, Any]
    redactor: Redactor

    def open(self, name: str | None, *, kinds: frozenset[str]) -> Opened[Any, Any]:
        assert self.opened.kind in kinds
        self.redactor.learn([*texts(self.opened.secrets.model_dump())])
        return self.opened


def opened(kind: str, *, settings: dict[str, Any], secrets: dict[str, Any]) -> Opened[Any, Any]:
    """A connection of the kind, held against its models."""
    found = connection_types.get(kind)
    return Opened(
        CONNECTION_ID,
        f"my_{kind}",
        kind,
        found.settings_model.model_validate(settings),
        found.secrets_model.model_validate(secrets),
    )


def having(call: ActionCall, kind: str, *, settings: dict[str, Any], secrets: dict[str, Any]) -> ActionCall:
    """The call in a workspace with this connection."""
    found = opened(kind, settings=settings, secrets=secrets)
    return replace(call, connections=OneConnection(found, call.redactor))


def tested(kind: str, *, settings: dict[str, Any], secrets: dict[str, Any]) -> str:
    """What the test of such a connection says."""
    redactor = Redactor([*texts(secrets)])
    call = TestCall(workspace_id=CONNECTION_ID, timeout_seconds=5, now=datetime.now(UTC), redactor=redactor)
    return connection_types.get(kind).test(opened(kind, settings=settings, secrets=secrets), call)
