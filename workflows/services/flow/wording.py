"""How instants, numbers and keys stand in the sentences of controls."""

from datetime import UTC, datetime, timedelta

MAX_KEY = 100

_ALMOST_SECOND = timedelta(microseconds=999_999)


def instant(at: datetime, *, now: datetime) -> str:
    """An instant in UTC, to the second that is not before it; with its date, unless that is today's."""
    whole = (at + _ALMOST_SECOND).astimezone(UTC).replace(microsecond=0, tzinfo=None)
    is_today = whole.date() == now.astimezone(UTC).date()
    return f"{whole.time() if is_today else whole}Z"


def number(value: float) -> str:
    """60 for 60.0."""
    return str(int(value)) if value == int(value) else str(value)


def for_key(text: str) -> str:
    """` for 'acme'`; nothing for the whole workflow."""
    shown = text if len(text) <= MAX_KEY else f"{text[: MAX_KEY - 3]}..."
    return f" for {shown!r}" if text else ""
