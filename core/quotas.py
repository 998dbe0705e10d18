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


# What each limit by number counts, of what, and what to do where there is no room.
_FULL = {
    "max_workflows": ("The workspace has {:,} workflows", "archive one"),
    "max_api_keys": ("The workspace has {:,} valid API keys", "revoke one that nobody uses"),
    "max_api_keys_per_owner": ("Whose key it would be has {:,} valid API keys", "revoke one that nobody uses"),
    "max_service_accounts": ("The workspace has {:,} service accounts", "delete one"),
    "max_open_invitations": ("The workspace has {:,} open invitations", "revoke one, or wait until one is accepted"),
    "max_secrets": ("The workspace has {:,} secrets", "delete one that nothing reads"),
    "max_connections": ("The workspace has {:,} connections", "delete one that nothing uses"),
    "max_workflow_tests": ("The workflow has {:,} tests", "delete one"),
    "max_kept_answers": (
        "The workspace has {:,} kept answers of requests with an Idempotency-Key",
        "send it without one, or later: each is kept for 24 hours",
    ),
    "max_kept_answer_bytes": (
        "The workspace has {:,} bytes of kept answers of requests with an Idempotency-Key",
        "send it without one, or later: each is kept for 24 hours",
    ),
}


class FullError(QuotaExceededError):
    """The workspace has as many of something as it may have."""

    def __init__(self, name: str, *, limit: int) -> None:
        """`name` is that of the limit."""
        has, remedy = _FULL[name]
        super().__init__(
            f"{has.format(limit)}, as many as may be ({name}). Nothing was done: {remedy}, or ask an operator for more."
        )
