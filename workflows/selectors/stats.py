"""How a workflow did in a period: its runs, how long they took, and what they used up.

Runs are found by (workflow, id), since ids sort by time: what a question costs follows from the runs of its period.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from actions import usage
from core import ids, tenancy
from triggers.selectors import counts
from workflows.engine.states import RunStatus

COUNTED_RUNS = 10_000  # the newest runs, whose actions are counted one by one: more take seconds

Counts = dict[str, int | float]


@dataclass(frozen=True, slots=True)
class Stats:
    """`fired` and `suppressed` are what matched; runs that people or other workflows start are in `runs` only.

    `runs` has `total` and every status. Times are of the runs that ended. `usage` has at least the names of every run;
    its `actions` are those that were tried, and an estimate from the newest runs where `is_estimate` says so.
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
    period = {
        "workspace": tenancy.current_workspace_id(),
        "workflow": workflow_id,
        "since": since,
        "until": until,
        "first": ids.first_at(since - counts.MARGIN),
        "end": ids.first_at(until + counts.MARGIN),
    }
    [(total, fired, average, slow, *by_status)] = _rows(_RUNS, period)
    tried = _rows(_ACTIONS, {**period, "limit": COUNTED_RUNS})[0][0]
    is_estimate = total > COUNTED_RUNS
    actions = round(tried * total / COUNTED_RUNS) if is_estimate else tried
    used = {name: _number(amount) for name, amount in _rows(_USAGE, period)}
    return Stats(
        seen=counts.of_workflow(workflow_id, since=since, until=until),
        fired=fired,
        runs={"total": total, **dict(zip(_STATUSES, by_status, strict=True))},
        avg_duration_ms=None if average is None else round(average),
        p95_duration_ms=None if slow is None else round(slow),
        usage={**dict.fromkeys(usage.NAMES, 0), **used, "actions": actions},
        is_estimate=is_estimate,
    )


_STATUSES = [status.value for status in RunStatus]

_PERIOD = """
    r.workflow_id = %(workflow)s AND r.id >= %(first)s AND r.id < %(end)s AND r.workspace_id = %(workspace)s
        AND r.created_at >= %(since)s AND r.created_at < %(until)s
"""
_BY_STATUS = ", ".join(f"count(*) FILTER (WHERE r.status = '{status}')" for status in _STATUSES)
_TOOK = "1000 * extract(epoch FROM r.finished_at - r.started_at)"

# All made of constants: what people say is in the parameters.
_TOGETHER = f"""
SELECT count(*) - count(DISTINCT g.id) FROM workflows_gathering g JOIN workflows_run r ON r.id = g.run_id
JOIN triggers_firing f ON f.gathering = g.id WHERE g.workflow_id = %(workflow)s AND {_PERIOD}
"""  # noqa: S608  a run of a batch has one firing of its own, and those of the others
_RUNS = f"""
SELECT count(*), count(r.firing_id) + ({_TOGETHER}), avg({_TOOK}),
    percentile_disc(0.95) WITHIN GROUP (ORDER BY {_TOOK}), {_BY_STATUS}
FROM workflows_run r WHERE {_PERIOD}
"""  # noqa: S608
# One look into the index for each run: a join would read the actions of all workspaces.
_ACTIONS = f"""
SELECT coalesce(sum(
    (SELECT count(*) FROM workflows_actionrun a WHERE a.run_id = newest.id AND a.attempt > 0)
), 0)::bigint
FROM (SELECT r.id FROM workflows_run r WHERE {_PERIOD} ORDER BY r.id DESC LIMIT %(limit)s) newest
"""  # noqa: S608
_USAGE = f"""
SELECT used.key, sum(used.value::numeric) FROM workflows_run r, jsonb_each_text(r.usage) used
WHERE {_PERIOD} AND r.usage <> '{{}}' GROUP BY used.key
"""  # noqa: S608


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _number(amount: Decimal) -> int | float:
    """Whole numbers stay whole, if all of them were."""
    return int(amount) if amount.as_tuple().exponent == 0 else round(float(amount), usage.PLACES)
