"""The scalars that GraphQL lacks: JSON, instants, and whole numbers beyond 32 bits."""

import math
from datetime import date, datetime
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from core import documents
from core.errors import MalformedError

Json = NewType("Json", object)
Instant = NewType("Instant", str)
BigInt = NewType("BigInt", int)

_INT64 = 2**63


def _checked(value: object) -> Any:
    """JSON that can be stored, whether it stood in the variables or in the query itself. Raises `MalformedError`."""
    documents.check_storable(value)
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, float) and not math.isfinite(node):
            raise MalformedError("A number is too large; send it as text.")
        elif isinstance(node, int) and not -_INT64 <= node < _INT64:
            raise MalformedError("A number does not fit into 64 bits; send it as text.")
    return value


def _text(value: object) -> str:
    """An instant as it was sent: what is wrong with it is told by the shape that takes it."""
    if not isinstance(value, str):
        raise MalformedError("Expected text in ISO 8601, like 2026-01-31T09:30:00Z.")
    return value


def _written(value: Any) -> str:
    """As REST writes it."""
    found: str = value.isoformat()
    return found.replace("+00:00", "Z")


SCALARS: dict[object, ScalarDefinition] = {
    Json: strawberry.scalar(
        name="JSON",
        description="Any value of JSON. Names in it are those of the REST API.",
        serialize=lambda value: value,
        parse_value=_checked,
    ),
    Instant: strawberry.scalar(
        name="DateTime",
        description="An instant in ISO 8601, like 2026-01-31T09:30:00Z; without an offset it is UTC.",
        serialize=_written,
        parse_value=_text,
    ),
    BigInt: strawberry.scalar(
        name="BigInt", description="A whole number of up to 64 bits.", serialize=int, parse_value=_checked
    ),
}
OF_PYTHON: dict[object, object] = {dict: Json, datetime: Instant, date: Instant}
