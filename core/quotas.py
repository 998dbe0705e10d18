"""How much a workspace may use on a day, which is one in UTC, and what is said to whoever comes after that."""

from datetime import UTC, date, datetime, time, timedelta

from core.errors import SequiturError


class QuotaExceededError(SequiturError):
    """The workspace has used what it may (its limits)."""

    code = "quota_exceeded"
    status = 429


class DayQuotaExceededError(QuotaExceededError):
    """The workspace has used what it may on one day."""

    def __init__(self, what: str, *, limit: int, name: str, now: datetime) -> None:
        """`what` is counted, such as `events`; `name` is that of the limit."""
        again = resets_at(now)
        super().__init__(
            f"The workspace accepts {limit:,} {what} a day ({name}); the next from {again:%Y-%m-%d %H:%M:%SZ}."
        )
        self.retry_after_seconds = (again - now).total_seconds()


def day(now: datetime) -> date:
    """The day that counts at this instant."""
    return now.astimezone(UTC).date()


def resets_at(now: datetime) -> datetime:
    """When the next day begins: midnight in UTC."""
    return datetime.combine(day(now) + timedelta(days=1), time(), tzinfo=UTC)
