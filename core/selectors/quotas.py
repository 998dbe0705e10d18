"""Read how much of its limits a workspace has used."""

from dataclasses import dataclass
from datetime import datetime

from core import limits, ports
from core import quotas as days
from core.models import Workspace


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
    found = [Quota("max_workflows", ports.used("max_workflows", now=now), held.max_workflows, None)]
    for name, limit in daily.items():
        used = None if limit is None else ports.used(name, now=now)
        found.append(Quota(name, used, limit, days.resets_at(now)))
    return found
