"""Make JSON of the values that Python programs and databases have, such that it can be stored, compared and shown."""

import base64
import math
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from core import pointers
from core.documents import MAX_DEPTH, UNSTORABLE
from core.errors import InvalidError, Problem

_INT64 = 2**63


def refuse(value: Any, path: str) -> Any:
    """For `convert`: raise `InvalidError` with what the value is and where it stands."""
    message = f"{_shown(value)} cannot be said in JSON; give text, a number, true, false, null, a list or an object."
    raise InvalidError("This is not JSON.", problems=[Problem(path, "not_json", message)])


def as_text(value: Any, path: str) -> str:
    """For `convert`: what `str` says of the value."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", str(value))


def convert(value: Any, *, unknown: Callable[[Any, str], Any], path: str = "") -> Any:
    """The value as JSON.

    1. Instants, dates and times are text in ISO 8601, a time span its seconds, bytes text in base64.
    2. Decimals and UUIDs are text, exactly as they are; an enumeration's member is its value.
    3. Mappings are objects (their keys as text), lists, tuples and sets are lists.
    4. Everything else, and text or numbers that cannot be stored (NUL, half a surrogate pair, NaN, over 64 bits), is
       what `unknown(value, path)` makes of it: `refuse` or `as_text`. So is what is nested deeper than 64 levels.
    """
    match value:
        case Enum():
            return convert(value.value, unknown=unknown, path=path)
        case None | bool():
            return value
        case Mapping() | list() | tuple() | set() | frozenset():
            return _structure(value, unknown=unknown, path=path)
    known = _scalar(value)
    return unknown(value, path) if known is None else known


def _structure(value: Any, *, unknown: Callable[[Any, str], Any], path: str) -> Any:
    if path.count("/") >= MAX_DEPTH - 1:
        return unknown(value, path)
    if isinstance(value, Mapping):
        keys = {key: convert(str(key), unknown=unknown, path=path) for key in value}
        return {
            name: convert(value[key], unknown=unknown, path=pointers.join(path, name)) for key, name in keys.items()
        }
    members = sorted(value, key=str) if isinstance(value, set | frozenset) else value
    return [convert(each, unknown=unknown, path=pointers.join(path, index)) for index, each in enumerate(members)]


def _scalar(value: Any) -> str | float | None:
    found: str | float | None = None
    match value:
        case str() if not UNSTORABLE.search(value):
            found = str(value)
        case int() if -_INT64 <= value < _INT64:
            found = int(value)
        case float() if math.isfinite(value):
            found = float(value)
        case date() | time():
            found = value.isoformat()
        case timedelta():
            found = value.total_seconds()
        case Decimal() if value.is_finite():
            found = str(value)
        case UUID():
            found = str(value)
        case bytes() | bytearray() | memoryview():
            found = base64.b64encode(bytes(value)).decode()
    return found


def _shown(value: Any) -> str:
    text = ascii(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"
