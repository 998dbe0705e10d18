"""Whether there is room in the workspace in scope for one more of what is limited by number (`core.limits`), and what
is said where there is none."""

from django.utils import timezone

from core import limits, ports, tenancy
from core.limits import Limits
from core.models import Workspace
from core.quotas import QuotaExceededError

# Of each limit by number: what there is, and what to do where there is no room.
_SENTENCES = {
    "max_workflows": ("The workspace has {:,} workflows", "archive one"),
    "max_api_keys": ("The workspace has {:,} valid API keys", "revoke one that nobody uses"),
    "max_api_keys_per_owner": ("Whose key it would be has {:,} valid API keys", "revoke one that nobody uses"),
    "max_service_accounts": ("The workspace has {:,} service accounts", "delete one"),
    "max_open_invitations": ("The workspace has {:,} open invitations", "revoke one, or wait until one is accepted"),
    "max_secrets": ("The workspace has {:,} secrets", "delete one that nothing reads"),
    "max_connections": ("The workspace has {:,} connections", "delete one that nothing uses"),
    "max_patterns": ("The workspace has {:,} patterns", "delete one that nothing names"),
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
        has, remedy = _SENTENCES[name]
        super().__init__(
            f"{has.format(limit)}, as many as may be ({name}). Nothing was done: {remedy}, or ask an operator for more."
        )


def locked() -> Workspace:
    """The workspace in scope as it is now, locked for this transaction. NO KEY: rows that refer to it need not wait.

    Of all locks it is the first, of who is in a workspace, how it is set up, and how many it has of what is limited.
    """
    return Workspace.objects.select_for_update(no_key=True).get(pk=tenancy.current_workspace_id())


def make(name: str) -> Limits:
    """Make sure that there is room for one more of the limit `name`; returns the limits that hold.

    Raises `FullError`. Concurrency: the row of the workspace is locked, so that of two at once who would both be the
    last one, the second sees the first.
    """
    held = limits.of(locked().limits)
    used = ports.used(name, now=timezone.now())
    refuse_full(name, used or 0, held)
    return held


def refuse_full(name: str, used: int, held: Limits) -> None:
    """Raises `FullError` where so many are as many as may be. What was counted has to be locked by who asks."""
    if used >= (limit := getattr(held, name)):
        raise FullError(name, limit=limit)
