"""Runs of a workspace by the hour, and what they used up by the day.

Runs are found by their ids, which sort by time, and the newest `MOST_RUNS` of a period are read at most.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

from django.db import connection

from actions import usage
from core import ids, tenancy
from triggers.selectors.counts import MARGIN

MOST_RUNS = 100_000

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


def hours(period: Period) -> tuple[list[Hour], bool]:
    """The hours of the workspace in scope in which a run began, oldest first; whether older runs were left out."""
    rows = _rows(_of(period), _HOURS, period)
    return [Hour(*row) for row in rows], sum(row[1] for row in rows) >= MOST_RUNS


def used(period: Period) -> tuple[list[Used], bool]:
    """What was used up by day and workflow, the newest day first; whether older runs were left out."""
    found = []
    for on, id_, name, runs, counts in _rows(_of(period), _USED, period):
        sums = {key: _number(Decimal(str(amount))) for key, amount in (counts or {}).items()}
        found.append(Used(on, id_, name, runs, {**dict.fromkeys(usage.NAMES, 0), **sums}))
    return found, sum(each.runs for each in found) >= MOST_RUNS


def _of(period: Period) -> LiteralString:
    """SQL: the runs of the period, by the index that begins with what is asked for."""
    by_workflow: LiteralString = "AND workflow_id = %(workflow)s" if period.workflow_id else ""
    by_status: LiteralString = "AND status = %(status)s" if period.status else ""
    return f"""SELECT id, workflow_id, status, created_at, started_at, finished_at, usage FROM workflows_run
        WHERE workspace_id = %(workspace)s {by_workflow} {by_status}
            AND id >= %(first)s AND id < %(end)s AND created_at >= %(since)s AND created_at < %(until)s
        ORDER BY id DESC LIMIT %(most)s"""  # noqa: S608  made of constants


_HOURS: LiteralString = """
SELECT date_trunc('hour', created_at, 'UTC') AS at, count(*), count(*) FILTER (WHERE status = 'completed'),
    count(*) FILTER (WHERE status = 'failed'),
    round(avg(1000 * extract(epoch FROM finished_at - started_at)))::bigint
FROM runs GROUP BY 1 ORDER BY 1
"""
_USED: LiteralString = """
, days AS (
    SELECT (created_at AT TIME ZONE 'UTC')::date AS on_day, workflow_id, count(*) AS number FROM runs GROUP BY 1, 2
), sums AS (
    SELECT on_day, workflow_id, jsonb_object_agg(key, amount) AS counts FROM (
        SELECT (r.created_at AT TIME ZONE 'UTC')::date AS on_day, r.workflow_id, u.key, sum(u.value::numeric) AS amount
        FROM runs r, jsonb_each_text(r.usage) AS u WHERE r.usage <> '{}' GROUP BY 1, 2, 3
    ) AS each GROUP BY 1, 2
)
SELECT d.on_day, d.workflow_id, w.name, d.number, s.counts FROM days d JOIN workflows_workflow w ON w.id = d.workflow_id
LEFT JOIN sums s ON s.on_day = d.on_day AND s.workflow_id = d.workflow_id
ORDER BY d.on_day DESC, d.number DESC, d.workflow_id
"""


def _rows(runs: LiteralString, statement: LiteralString, period: Period) -> list[tuple[Any, ...]]:
    given = {
        "workspace": tenancy.current_workspace_id(), "workflow": period.workflow_id, "status": period.status,
        "since": period.since, "until": period.until, "most": MOST_RUNS,
        "first": ids.first_at(period.since - MARGIN), "end": ids.first_at(period.until + MARGIN),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"WITH runs AS MATERIALIZED ({runs}) {statement}", given)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        if cursor.description and cursor.description[-1].name == "counts":
            return [(*row[:-1], _loaded(row[-1])) for row in rows]
        return rows


def _loaded(counts: Any) -> dict[str, Any] | None:
    """Django leaves JSON of plain statements as text."""
    found: dict[str, Any] | None = json.loads(counts, parse_float=Decimal) if isinstance(counts, str) else counts
    return found


def _number(amount: Decimal) -> int | float:
    whole = amount == amount.to_integral_value()
    return int(amount) if whole else round(float(amount), usage.PLACES)
