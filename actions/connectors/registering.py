"""Make the types of connectors known: those that are shipped here, and those that a plugin brings."""

from pathlib import Path
from typing import Any, cast

from actions import registry
from actions.connections import registry as connection_registry
from actions.connectors import connection, operations, reading
from actions.connectors.connection import ConnectorConnection
from actions.connectors.document import ConnectorDocument

SHIPPED = Path(__file__).parent


def register_shipped() -> list[ConnectorDocument]:
    """Register the connectors of `actions/connectors/*.yaml`."""
    return [register_file(path) for path in sorted(SHIPPED.glob("*.yaml"))]


def register_file(path: Path) -> ConnectorDocument:
    """Register the connector of a file.

    Raises OSError, `InvalidError` with the file and every problem, and `AlreadyRegisteredError` for a taken key.
    """
    document = reading.read_file(path)
    register(document)
    return document


def register(document: ConnectorDocument) -> None:
    """Register the connection type of a connector and an action type for each of its operations.

    Raises `AlreadyRegisteredError` for a taken key.
    """
    account = cast("ConnectorConnection[Any, Any]", connection_registry.register(connection.made(document)))
    for operation in document.operations:
        registry.register(operations.made(document, operation, account))
