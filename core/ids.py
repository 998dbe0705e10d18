"""Identifiers: UUIDv7, so that rows written together lie together and sorting by id is sorting by age."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

# By which the id of a row may be off its time: both are read one after the other, at times one of them from the clock
# of the database, and clocks that are further apart are a fault (`manage.py doctor`).
MARGIN = timedelta(minutes=1)
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def new_id() -> UUID:
    """A new UUIDv7 (RFC 9562, section 5.7)."""
    return uuid7()


def uuid_or_none(text: str) -> UUID | None:
    """The UUID that `text` spells, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


def first_at(instant: datetime) -> UUID:
    """The lowest UUIDv7 of an instant's millisecond: ids made from then on are not below it."""
    milliseconds = max(0, int(instant.timestamp() * 1000))
    return UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62))


def floor(since: datetime) -> UUID:
    """No row with a time from `since` on has an id below this: finds rows by the index of their ids, before their times
    are asked for exactly."""
    return first_at(since - min(MARGIN, since - _EARLIEST))


def ceiling(until: datetime) -> UUID:
    """All rows with a time before `until` have ids below this."""
    return first_at(until + min(MARGIN, _LATEST - until))
