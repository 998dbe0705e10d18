"""Runs of a workspace by the hour, and what they used up by the day.

Hours that are over were counted once (`run_counts`), whatever they had.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from actions import usage
from workflows.models import Workflow
from workflows.selectors import run_counts
from workflows.selectors.run_counts import Came

Counts = dict[str, int | float]


@dataclass(frozen=True, slots=True)
class Period:
    """Runs that began from `since` on and before `until`; of one workflow, or of one status, if that is said."""

    since: datetime
    until: datetime
    workflow_id: UUID | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Hour:
    """The runs that began in the hour from `at` on."""

    at: datetime
    runs: int
    completed: int
    failed: int
    avg_duration_ms: int | None


@dataclass(frozen=True, slots=True)
class Used:
    """What the runs of a workflow that began on a day (UTC) used up. `usage` has at least the names of every run."""

    on: date
    workflow_id: UUID
    name: str
    runs: int
    usage: Counts


def hours(period: Period) -> list[Hour]:
    """The hours of the workspace in scope in which a run began, oldest first."""
    found: dict[datetime, dict[str, Came]] = defaultdict(lambda: defaultdict(Came))
    for (_, at, status), came in run_counts.of_period(period.since, period.until, period.workflow_id).items():
        if period.status in {None, status}:
            found[at][status].add(came)
    return [_hour(at, by_status) for at, by_status in sorted(found.items(), key=lambda each: each[0])]


def _hour(at: datetime, by_status: dict[str, Came]) -> Hour:
    every = Came()
    for came in by_status.values():
        every.add(came)
    average = round(every.took_us / every.ended / 1000) if every.ended else None
    return Hour(at, every.runs, by_status["completed"].runs, by_status["failed"].runs, average)


def used(period: Period) -> list[Used]:
    """What was used up by day and workflow, the newest day first, and there the workflow with the most runs."""
    found: dict[tuple[date, UUID], Came] = defaultdict(Came)
    for (workflow_id, at, _), came in run_counts.of_period(period.since, period.until, period.workflow_id).items():
        found[at.date(), workflow_id].add(came)
    names = dict(Workflow.objects.filter(pk__in={each for _, each in found}).order_by().values_list("pk", "name"))
    shown = []
    in_order = sorted(found.items(), key=lambda each: (-each[0][0].toordinal(), -each[1].runs, each[0][1]))
    for (on, workflow_id), came in in_order:
        sums = {name: run_counts.number(amount) for name, amount in came.usage.items()}
        counts = {**dict.fromkeys(usage.NAMES, 0), **sums}
        shown.append(Used(on, workflow_id, names.get(workflow_id, ""), came.runs, counts))
    return shown
