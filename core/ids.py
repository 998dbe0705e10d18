"""Identifiers: UUIDv7, so that rows written together lie together and sorting by id is sorting by age."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7


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
    """The lowest UUIDv7 of an instant's millisecond: ids made from then on are not below it.

    Finds rows by when they were written with the index of their ids; leave a margin for clocks that differ.
    """
    milliseconds = max(0, int(instant.timestamp() * 1000))
    return UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62))
