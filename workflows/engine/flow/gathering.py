"""When what gathers is due, and whether one more has room in it. Pure: instants and numbers in, the same out."""

from datetime import datetime, timedelta


def debounced_until(*, now: datetime, seconds: float, latest_at: datetime | None) -> datetime:
    """When a debounce ends whose last event came `now`: after so many seconds of silence, at the latest then."""
    quiet = now + timedelta(seconds=seconds)
    return quiet if latest_at is None else min(quiet, latest_at)


def is_over(due_at: datetime | None, *, now: datetime) -> bool:
    """Whether an event that comes `now` comes too late for it: at its very end, or after it."""
    return due_at is None or now >= due_at


def has_room(*, size_bytes: int, more_bytes: int, max_bytes: int) -> bool:
    """Whether so many bytes more are within the bound. What holds nothing yet takes one of any size."""
    return size_bytes == 0 or size_bytes + more_bytes <= max_bytes
