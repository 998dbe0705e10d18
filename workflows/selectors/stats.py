"""How a workflow did in a period: its runs, how long they took, and what they used up.

Hours that are over were counted once (`run_counts`): what a question costs follows from the hours of its period.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from actions import usage
from triggers.selectors import counts
from workflows.engine.states import RunStatus
from workflows.selectors import run_counts
from workflows.selectors.run_counts import Came

COUNTED_RUNS = run_counts.MOST_ACTIONS

Counts = dict[str, int | float]


@dataclass(frozen=True, slots=True)
class Stats:
    """`fired` and `suppressed` are what matched; runs that people or other workflows start are in `runs` only.

    `runs` has `total` and every status. Times are of the runs that ended, the 95th percentile up to
    2 % too long. `usage` has at least the names of every run; its `actions` are those that were tried, and an estimate
    from the newest runs where `is_estimate` says so.
    """

    seen: counts.Seen
    fired: int
    runs: dict[str, int]
    avg_duration_ms: int | None
    p95_duration_ms: int | None
    usage: Counts
    is_estimate: bool


def of_workflow(workflow_id: UUID, *, since: datetime, until: datetime) -> Stats:
    """The statistics of a workflow of the workspace in scope, from `since` on and before `until`."""
    every, by_status = Came(), dict.fromkeys(_STATUSES, 0)
    for (_, _, status), came in run_counts.of_period(since, until, workflow_id).items():
        every.add(came)
        by_status[status] += came.runs
    slow = every.at_most_ms(0.95)
    is_estimate = every.asked < every.runs
    actions = round(every.tried * every.runs / every.asked) if is_estimate else every.tried
    used = {name: run_counts.number(amount) for name, amount in every.usage.items()}
    return Stats(
        seen=counts.of_workflow(workflow_id, since=since, until=until),
        fired=every.fired,
        runs={"total": every.runs, **by_status},
        avg_duration_ms=round(every.took_us / every.ended / 1000) if every.ended else None,
        p95_duration_ms=None if slow is None else round(slow),
        usage={**dict.fromkeys(usage.NAMES, 0), **used, "actions": actions},
        is_estimate=is_estimate,
    )


_STATUSES = [status.value for status in RunStatus]
