"""What operators look at first: how runs of some workspaces do at the moment, and what waits for somebody.

No figure is counted beyond `MOST`, and each is found by an index that begins with the workspace, which is asked about
one workspace after the other: what it costs follows from the workspaces, and from what waits, never from the history.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from django.db import connection

from core import ids
from workflows.engine.states import RunStatus

PERIOD = timedelta(hours=24)
MOST = 10_000  # of anything that is counted
MOST_FAILED = 1_000  # of one workspace, in which failing workflows are looked for
MOST_FAILING = 10


@dataclass(frozen=True, slots=True)
class Failing:
    """A workflow of which runs failed lately; `runs` are all of the period, up to `MOST`. `error` is the newest one."""

    workflow_id: UUID
    name: str
    failed: int
    runs: int
    last_run_id: UUID
    error: dict[str, Any] | None

    @property
    def percent(self) -> float:
        return round(100 * self.failed / max(self.runs, 1), 1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows that workers have to do: those with a message in the broker, and those that wait for room for one."""

    what: str
    with_message: int
    in_backlog: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Paused:
    """A workflow whose circuit breaker is open."""

    workflow_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`recent` are the runs that began within `PERIOD`, by status; `now` those that have not ended, with `held`."""

    recent: dict[str, int]
    now: dict[str, int]
    failing: tuple[Failing, ...]
    waiting: tuple[Waiting, ...]
    dead: dict[str, int]
    paused: tuple[Paused, ...]


def read(workspace_ids: Sequence[UUID], *, now: datetime) -> Dashboard:
    """The figures of these workspaces together. The caller has made sure that they may be seen."""
    given = {
        "workspaces": list(workspace_ids), "since": ids.first_at(now - PERIOD), "most": MOST, "failed": MOST_FAILED,
        "failing": MOST_FAILING,
    }  # fmt: skip
    going = {status: _rows(_now(status), given)[0] for status in _GOING}
    return Dashboard(
        recent={**dict.fromkeys((each.value for each in RunStatus), 0), **dict(_rows(_RECENT, given))},
        now={**{status: row[0] for status, row in going.items()}, "held": going["queued"][1]},
        failing=tuple(_failing(*row) for row in _rows(_FAILING, given)),
        waiting=tuple(Waiting(what, *_rows(statement, given)[0]) for what, statement in _WAITING.items()),
        dead=dict(_rows(_DEAD, given)),
        paused=tuple(Paused(*row) for row in _rows(_PAUSED, given)),
    )


_GOING: dict[str, LiteralString] = {
    "queued": "queued",
    "running": "running",
    "waiting": "waiting",
    "needs_decision": "needs_decision",
}
_EACH: LiteralString = "unnest(%(workspaces)s::uuid[]) AS w(id) CROSS JOIN LATERAL"

_RECENT: LiteralString = f"""
SELECT status, count(*) FROM (
    SELECT r.status FROM {_EACH} (
        SELECT status FROM workflows_run WHERE workspace_id = w.id AND id >= %(since)s ORDER BY id DESC LIMIT %(most)s
    ) AS r LIMIT %(most)s
) AS newest GROUP BY status
"""  # noqa: S608  like all below, made of constants


def _now(status: str) -> LiteralString:
    """SQL: (how many runs have the status, how many of those are held). The planner knows the word."""
    return f"""SELECT count(*), count(r.held_at) FROM (SELECT r.held_at FROM {_EACH} (
        SELECT held_at FROM workflows_run WHERE workspace_id = w.id AND status = '{_GOING[status]}'
        ORDER BY id DESC LIMIT %(most)s
    ) AS r LIMIT %(most)s) AS r"""  # noqa: S608


_FAILING: LiteralString = f"""
WITH failing AS (
    SELECT r.workflow_id, count(*) AS failed, (array_agg(r.id ORDER BY r.id DESC))[1] AS newest FROM {_EACH} (
        SELECT id, workflow_id FROM workflows_run
        WHERE workspace_id = w.id AND status = 'failed' AND id >= %(since)s ORDER BY id DESC LIMIT %(failed)s
    ) AS r GROUP BY r.workflow_id ORDER BY failed DESC, r.workflow_id LIMIT %(failing)s
)
SELECT f.workflow_id, w.name, f.failed, (SELECT count(*) FROM (
        SELECT FROM workflows_run WHERE workflow_id = f.workflow_id AND id >= %(since)s LIMIT %(most)s
    ) AS every), f.newest, r.error
FROM failing f JOIN workflows_workflow w ON w.id = f.workflow_id JOIN workflows_run r ON r.id = f.newest
ORDER BY f.failed DESC, f.workflow_id
"""  # noqa: S608


def _count(table: LiteralString, waits: LiteralString, order: LiteralString) -> LiteralString:
    return f"""(SELECT count(*) FROM (SELECT FROM {_EACH} (
        SELECT FROM {table} WHERE workspace_id = w.id AND {waits} ORDER BY {order} LIMIT %(most)s
    ) AS r LIMIT %(most)s) AS found)"""  # noqa: S608


def _waiting(table: LiteralString, waits: LiteralString) -> LiteralString:
    """SQL: (with a message, without one, since when the oldest has one) of the rows of a table that have to be done."""
    return f"""SELECT {_count(table, f"hinted_at IS NOT NULL AND {waits}", "hinted_at")},
        {_count(table, "queue_priority IS NOT NULL", "queue_priority DESC, id")},
        (SELECT min(r.hinted_at) FROM {_EACH} (
            SELECT hinted_at FROM {table} WHERE workspace_id = w.id AND hinted_at IS NOT NULL AND {waits}
            ORDER BY hinted_at LIMIT 1) AS r)"""  # noqa: S608


_WAITING: dict[str, LiteralString] = {
    "events": _waiting("triggers_event", "matched_at IS NULL"),
    "actions": _waiting("workflows_actionrun", "status = 'queued'"),
    "notifications": f"""SELECT count(*), 0, min(r.created_at) FROM {_EACH} (
        SELECT created_at FROM workflows_notificationdelivery WHERE workspace_id = w.id AND status = 'pending'
        ORDER BY id LIMIT %(most)s) AS r""",  # noqa: S608
}
_DEAD: LiteralString = f"""
SELECT kind, count(*) FROM (SELECT r.kind FROM {_EACH} (
    SELECT kind FROM core_deadletter WHERE workspace_id = w.id AND status = 'open' ORDER BY kind LIMIT %(most)s
) AS r LIMIT %(most)s) AS found GROUP BY kind
"""  # noqa: S608
_PAUSED: LiteralString = f"""
SELECT w2.id, w2.name FROM {_EACH} (
    SELECT workflow_id FROM workflows_flowstate
    WHERE workspace_id = w.id AND control = 'circuit' AND state ? 'opened_at' LIMIT %(failing)s
) AS r JOIN workflows_workflow w2 ON w2.id = r.workflow_id ORDER BY w2.id DESC LIMIT %(failing)s
"""  # noqa: S608


def _failing(workflow_id: UUID, name: str, failed: int, runs: int, newest: UUID, error: str | None) -> Failing:
    """Django leaves the JSON of plain statements as text."""
    return Failing(workflow_id, name, failed, runs, newest, error=None if error is None else json.loads(error))


def _rows(statement: LiteralString, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
