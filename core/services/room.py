"""Whether there is room in the workspace in scope for one more of what is limited by number (`core.limits`)."""

from django.utils import timezone

from core import limits, ports, tenancy
from core.limits import Limits
from core.models import Workspace
from core.quotas import FullError


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
