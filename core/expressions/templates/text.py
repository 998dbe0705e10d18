"""How values read inside text: "" for null, true and false, numbers as in JSON, lists and objects as JSON."""

import json
from datetime import date
from typing import Any

from core.expressions import instants
from core.expressions.templates.errors import TemplateError

MAX_CHARACTERS = 256 * 1024


def write(value: Any) -> str:
    """The text of a value. Raises `TemplateError` for more than 256 kB."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return instants.write(value) if isinstance(value, date) else write_json(value)


def write_json(value: Any) -> str:
    """Compact JSON, dates as ISO 8601 text. Raises `TemplateError` for more than 256 kB or too deep a value."""
    try:
        written = _begin(value, characters=MAX_CHARACTERS)
    except (RecursionError, ValueError):
        raise TemplateError("a value is nested too deeply to be written as JSON") from None
    if len(written) > MAX_CHARACTERS:
        raise TemplateError(f"a value is longer than {MAX_CHARACTERS:,} characters as JSON")
    return written


def excerpt(value: Any, *, characters: int) -> str | None:
    """The beginning of the value's text when that is longer than so many characters, else None."""
    try:
        written = value if isinstance(value, str) else _begin(value, characters=characters)
    except (RecursionError, ValueError):
        return "…"
    return written[: characters - 1] + "…" if len(written) > characters else None


def _begin(value: Any, *, characters: int) -> str:
    """The value as JSON, given up soon after so many characters."""
    parts: list[str] = []
    size = 0
    for part in _ENCODER.iterencode(value):
        parts.append(part)
        size += len(part)
        if size > characters:
            break
    return "".join(parts)


def _dated(value: Any) -> str:
    if isinstance(value, date):
        return instants.write(value)
    raise TemplateError(f"a {type(value).__name__} cannot be written as JSON")


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_dated)
