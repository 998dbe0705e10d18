"""Filters on dates: the value is a date, a datetime, or ISO 8601 text of one."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.expressions import instants, numbers
from core.expressions.templates import arithmetic
from core.expressions.templates.errors import TemplateError
from core.expressions.templates.filters.base import Filter, as_date, as_text, register

MAX_FORMAT_CHARACTERS = 200

# The C library pads to any width that a directive names (%1000000Y), so only bare directives pass.
_FORMAT = re.compile(r"(?:[^%]|%-?[aAbBdefFGHIjklmMpSTuUVwWyYzZ%])*")


def write(value: Any, form: Any = "%Y-%m-%d", zone: Any = None) -> str:
    """The date written by strftime directives, in an IANA zone when one is given."""
    pattern, moment = as_text(form), as_date(value)
    if len(pattern) > MAX_FORMAT_CHARACTERS or not _FORMAT.fullmatch(pattern):
        raise TemplateError("needs a format such as %d %B %Y or %H:%M")
    if zone is not None:
        moment = instants.as_instant(moment).astimezone(_zone(zone))
    return moment.strftime(pattern)


def days_until(value: Any, *, today: date) -> int:
    """Whole days from today to the day of the value; negative when it has passed."""
    return int(arithmetic.days_between(today, _day(value)))


def days_since(value: Any, *, today: date) -> int:
    """Whole days from the day of the value to today; negative when it is still to come."""
    return -days_until(value, today=today)


def _plus(unit: str) -> Callable[[Any, Any], date]:
    def plus(value: Any, count: Any) -> date:
        moment = as_date(value)
        if not numbers.is_number(count):
            raise TemplateError(f"needs a number of {unit}")
        if unit != "days":
            moment = instants.as_instant(moment)
        return moment + timedelta(**{unit: count})

    return plus


def _day(value: Any) -> date:
    moment = as_date(value)
    return moment.date() if isinstance(moment, datetime) else moment


def _zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(as_text(name))
    except (KeyError, ValueError, OSError):
        raise TemplateError("needs an IANA time zone such as Europe/Amsterdam") from None


register(
    Filter(name="date", apply=write),
    Filter(name="plus_minutes", apply=_plus("minutes")),
    Filter(name="plus_hours", apply=_plus("hours")),
    Filter(name="plus_days", apply=_plus("days")),
    Filter(name="days_until", apply=days_until, reads_today=True),
    Filter(name="days_since", apply=days_since, reads_today=True),
)
