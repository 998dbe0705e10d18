"""The connection types that exist in this process."""

from typing import Any

from actions.connections.base import ConnectionType
from core.registry import Registry

connection_types: Registry[ConnectionType[Any, Any]] = Registry("connection type")


def register(connection_type: ConnectionType[Any, Any]) -> ConnectionType[Any, Any]:
    """Make a connection type known. Raises `AlreadyRegisteredError` for a taken key."""
    return connection_types.register(connection_type.key, connection_type)
