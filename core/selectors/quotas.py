"""Read how much of its limits a workspace has used."""

from dataclasses import dataclass
from datetime import datetime

from core import limits, ports
from core import quotas as days
from core.models import Workspace

_BY_NUMBER = (
    "max_workflows", "max_api_keys", "max_service_accounts", "max_open_invitations", "max_secrets", "max_connections",
    "max_patterns", "max_kept_answers", "max_kept_answer_bytes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit: `used` is None where nobody counts it, `limit` where there is none, `resets_at` where it stays."""

    name: str
    used: int | None
    limit: int | None
    resets_at: datetime | None


def of_workspace(workspace: Workspace, *, now: datetime) -> list[Quota]:
    """The quotas of the workspace in scope. What has no limit of a day is not counted, so nothing is known of it."""
    held = limits.of(workspace.limits)
    daily = {"max_events_per_day": held.max_events_per_day, "max_runs_per_day": held.max_runs_per_day}
    found = [Quota(name, ports.used(name, now=now), getattr(held, name), None) for name in _BY_NUMBER]
    for name, limit in daily.items():
        used = None if limit is None else ports.used(name, now=now)
        found.append(Quota(name, used, limit, days.resets_at(now)))
    return found
