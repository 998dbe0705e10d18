"""Instants and time zones as people write them."""

import re
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from triggers.engine.schedules import walls

EARLIEST_YEAR, LATEST_YEAR = 1970, 2200
_SHAPE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.]\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?", re.ASCII)
_EXPECTED = "an instant in ISO 8601, like 2026-01-31T09:30 or 2026-01-31T09:30:00+01:00"


@cache
def zones() -> frozenset[str]:
    """The names of all time zones."""
    return frozenset(available_timezones())


def read(text: str, zone: ZoneInfo) -> datetime:
    """The instant, in UTC: ISO 8601; without an offset in `zone`, a date alone is its midnight there.

    Raises `ValueError` with a sentence.
    """
    if not _SHAPE.fullmatch(text):
        raise ValueError(
            f"Expected an instant in ISO 8601, like 2026-01-31T09:30 or 2026-01-31T09:30:00+01:00; got {text[:40]!r}."
        )
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"There is no such day or time: {text[:40]!r}.") from None
    if not EARLIEST_YEAR <= found.year < LATEST_YEAR:
        raise ValueError(f"Expected a year from {EARLIEST_YEAR} to {LATEST_YEAR - 1}; got {text[:40]!r}.")
    return found.astimezone(UTC) if found.tzinfo else walls.instant(found, zone)
