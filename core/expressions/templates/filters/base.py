"""What a filter is, and the registry that the files of this folder add their filters to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core.expressions import comparison, instants
from core.expressions.templates import text
from core.expressions.templates.errors import TemplateError
from core.registry import Registry

MAX_CHARACTERS = text.MAX_CHARACTERS
MAX_ITEMS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """`apply(value, *arguments)` of `{{ value | name(arguments) }}`.

    A filter that `rescues` is also given what is missing; one that `reads_today` gets the day as keyword `today`.
    """

    name: str
    apply: Callable[..., Any]
    rescues: bool = False
    reads_today: bool = False


FILTERS: Registry[Filter] = Registry("filter")


def register(*filters: Filter) -> None:
    """Make the filters known under their names."""
    for each in filters:
        FILTERS.register(each.name, each)


def as_text(value: Any) -> str:
    """The text that a filter on text works on: numbers and dates are written out. Raises `TemplateError` for lists."""
    if isinstance(value, list | tuple | dict):
        raise TemplateError(f"needs text, not {comparison.type_of(value)}")
    return text.write(value)


def as_count(value: Any, *, most: int) -> int:
    """A whole number from 0 to `most`. Raises `TemplateError`."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise TemplateError(f"needs a whole number from 0 to {most:,}")
    return value


def as_date(value: Any) -> date | datetime:
    """A date or aware datetime, also from ISO 8601 text. Raises `TemplateError`."""
    moment = instants.parse(value.strip()) if isinstance(value, str) else value
    if isinstance(moment, date):
        return moment
    raise TemplateError(f"needs a date such as 2026-01-31 or 2026-01-31T09:00:00Z, not {comparison.type_of(value)}")


def fits(characters: int) -> None:
    """Refuse, before it is built, what would be too long. Raises `TemplateError`."""
    if characters > MAX_CHARACTERS:
        raise TemplateError(f"would give more than {MAX_CHARACTERS:,} characters")
