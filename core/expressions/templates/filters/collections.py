"""Filters on lists (and on text, where text has the same thing)."""

from typing import Any

from core.expressions import comparison
from core.expressions.templates.errors import TemplateError
from core.expressions.templates.filters.base import Filter, as_text, fits, register


def join(value: Any, separator: Any = "") -> str:
    """The elements as text with the separator between."""
    if not isinstance(value, list | tuple):
        raise TemplateError(f"needs a list, not {comparison.type_of(value)}")
    between = as_text(separator)
    parts: list[str] = []
    size = 0
    for element in value:
        part = as_text(element)
        size += len(part) + len(between)
        fits(size)
        parts.append(part)
    return between.join(parts)


def length(value: Any) -> int:
    """How many elements, keys or characters."""
    if not isinstance(value, list | tuple | dict | str):
        raise TemplateError(f"needs a list, an object or text, not {comparison.type_of(value)}")
    return len(value)


def first(value: Any) -> Any:
    """The first element or character, null when there is none."""
    return next(iter(_sequence(value)), None)


def last(value: Any) -> Any:
    """The last element or character, null when there is none."""
    return next(reversed(_sequence(value)), None)


def _sequence(value: Any) -> Any:
    if not isinstance(value, list | tuple | str):
        raise TemplateError(f"needs a list or text, not {comparison.type_of(value)}")
    return value


register(
    Filter(name="join", apply=join),
    Filter(name="length", apply=length),
    Filter(name="first", apply=first),
    Filter(name="last", apply=last),
)
