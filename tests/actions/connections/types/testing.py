"""Open and test a connection as the product does, in the workspace in scope."""

from typing import Any

from actions.connections.base import Authorization, HttpConnectionType
from actions.connections.registry import connection_types
from actions.services import connections, trying
from actions.services.trying import Found


def probed(kind: str, settings: dict[str, Any], secrets: dict[str, Any]) -> Found:
    """What a test of such a connection finds."""
    row = connections.create(name="tested", kind=kind, settings_=settings, secrets=secrets)
    return trying.test(row)


def carried(kind: str, settings: dict[str, Any], secrets: dict[str, Any]) -> tuple[Authorization, set[str]]:
    """What a request of such a connection carries, and which values are redacted."""
    told: set[str] = set()
    connections.create(name="carried", kind=kind, settings_=settings, secrets=secrets)
    opened = connections.Opener(told.update).open("carried", kinds=frozenset({kind}))
    found = connection_types.get(kind)
    assert isinstance(found, HttpConnectionType)
    return found.authorize(opened), told
