"""Dates and instants in ISO 8601: read them from text, write them as text. A naive time is UTC, a date its midnight."""

import re
from datetime import UTC, date, datetime, time

# Stricter than fromisoformat, which also reads 20260131 and 2026-W05: those are more often codes than dates.
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)?", re.ASCII)


def parse(text: str) -> date | datetime | None:
    """A date, an aware datetime, or None for text that is neither."""
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
        if _DATETIME.fullmatch(text):
            return _aware(datetime.fromisoformat(text))
    except ValueError:  # the shape of a date, but no day of the calendar: 2026-02-30
        return None
    return None


def as_instant(value: date) -> datetime:
    """The aware datetime of a date or datetime, so that any two can be compared."""
    if isinstance(value, datetime):
        return _aware(value)
    return datetime.combine(value, time(), tzinfo=UTC)


def write(value: date) -> str:
    """ISO 8601, with Z for UTC."""
    text = value.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)
