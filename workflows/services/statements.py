"""The statements that every action goes through, as SQL: one round trip and one commit each.

Through the ORM the same takes ten queries, several times the cost of an action. They are prepared, and planned once per
connection: planning four parts of a statement takes PostgreSQL three times as long as running them. Times are the
database's, so that workers with other clocks agree.
"""

import json
from typing import Any, LiteralString

from django.db import InterfaceError, OperationalError, connection
from psycopg.types.json import Jsonb

from core import backlogs, prepared
from workflows.services.dispatching import LINE


def one(statement: LiteralString, **values: Any) -> tuple[Any, ...] | None:
    """The only row that the statement returns, or None. JSON comes as text (`read_json`).

    Raises Django's database errors.
    """
    rows = prepared.fetch(statement, values)
    return rows[0] if rows else None


def first(statement: LiteralString, **values: Any) -> tuple[Any, ...] | None:
    """The same for a statement that only reads, on a new connection if the kept one turns out to be dead."""
    try:
        return one(statement, **values)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return one(statement, **values)


def write_json(value: Any) -> Jsonb | None:
    """The parameter for a column of JSON; None is NULL."""
    return None if value is None else Jsonb(value)


def read_json(text: str | None) -> Any:
    """The value of a column of JSON."""
    return None if text is None else json.loads(text)


# A queued action of a run that is not about to end: nothing starts any more then, but what undoes.
_CLAIMABLE: LiteralString = """
    a.id = %(id)s AND a.status = 'queued' AND r.id = a.run_id AND (r.outcome IS NULL OR a.key LIKE '%%.undo')
"""

LOOK: LiteralString = f"""
SELECT a.id, a.workspace_id, a.run_id, a.parent_id, a.key, a.iteration, a.attempt, a.item, a.progress, a.start_by,
    r.version_id, r.event_id, r.trigger_key, r.created_at, r.variables, r.depth, r.status <> 'running',
    r.parent_id IS NOT NULL, w.action_roles, now(), w.weight, {backlogs.has_backlog(LINE, "w.id")}
FROM workflows_actionrun a, workflows_run r, core_workspace w WHERE {_CLAIMABLE} AND w.id = a.workspace_id
"""

# The row of the run before those of its actions, here and everywhere; only where it is to be changed.
_LOCKED: LiteralString = """
locked AS MATERIALIZED (
    SELECT id FROM workflows_run WHERE id = %(run_id)s AND %(begins)s FOR NO KEY UPDATE
)
"""
_IN_ORDER: LiteralString = "(NOT %(begins)s OR EXISTS (SELECT FROM locked))"

CLAIM: LiteralString = f"""
WITH {_LOCKED}, claimed AS (
    UPDATE workflows_actionrun a
    SET status = 'running', attempt = a.attempt + 1, claimed_at = now(), started_at = coalesce(a.started_at, now()),
        lease_until = now() + make_interval(secs => %(lease_seconds)s), due_at = NULL, hinted_at = NULL,
        queue_priority = NULL, start_by = NULL
    FROM workflows_run r WHERE {_IN_ORDER} AND {_CLAIMABLE} AND a.attempt = %(attempt)s
    RETURNING a.id
), begun AS (
    UPDATE workflows_run SET status = 'running', started_at = coalesce(started_at, now())
    WHERE %(begins)s AND id = %(run_id)s AND status <> 'running' AND EXISTS (SELECT FROM claimed)
)
SELECT now(), {backlogs.standing(LINE, "%(workspace_id)s", "%(weight)s", "%(id)s")} FROM claimed
"""

# A try that is recorded as completed. `held_status` is queued for what was looked at without a claim.
_MINE: LiteralString = "id = %(id)s AND status = %(held_status)s AND attempt = %(held_attempt)s"
_COMPLETED: LiteralString = """
    UPDATE workflows_actionrun
    SET status = 'completed', port = '', output = %(output)s, error = NULL, progress = NULL,
        attempt = %(attempt)s, claimed_at = %(claimed_at)s, started_at = coalesce(started_at, %(claimed_at)s),
        finished_at = %(finished_at)s, lease_until = NULL, hinted_at = NULL, start_by = NULL, queue_priority = NULL
"""
_TRIED: LiteralString = """
    INSERT INTO workflows_actionattempt (
        id, workspace_id, action_run_id, number, outcome, input, request, response, error, started_at, finished_at
    )
    SELECT %(attempt_id)s, %(workspace_id)s, id, %(attempt)s, 'completed', %(input)s, %(request)s, %(response)s, NULL,
        %(claimed_at)s, %(finished_at)s
    FROM done
"""

# An action completed, and the only one that follows is claimed (`taken` is 1) or queued (0). All or nothing: where the
# try is not the current one, or the next action does not start or was tried before (the claim would not be its first),
# or the run is held (it was taken up again, and what it had called has ended), or goes by another version now, nothing
# is written, and no row returned. Whoever moves a run to another version makes its pending rows anew, so one that
# waited for that, and still sees the old version, finds no next action.
COMPLETE: LiteralString = f"""
WITH {_LOCKED}, mine AS MATERIALIZED (
    SELECT id FROM workflows_actionrun WHERE {_IN_ORDER} AND {_MINE} FOR NO KEY UPDATE
), next AS (
    UPDATE workflows_actionrun
    SET status = CASE %(taken)s WHEN 1 THEN 'running' ELSE 'queued' END, attempt = attempt + %(taken)s,
        claimed_at = CASE %(taken)s WHEN 1 THEN now() END, started_at = CASE %(taken)s WHEN 1 THEN now() END,
        lease_until = CASE %(taken)s WHEN 1 THEN now() + make_interval(secs => %(lease_seconds)s) END,
        hinted_at = CASE %(taken)s WHEN 0 THEN now() END,
        start_by = CASE %(taken)s WHEN 0 THEN now() + make_interval(secs => %(start_within_seconds)s) END
    WHERE run_id = %(run_id)s AND key = %(next_key)s AND iteration = %(iteration)s AND status = 'pending'
        AND attempt = 0 AND EXISTS (SELECT FROM mine)
        AND EXISTS (
            SELECT FROM workflows_run
            WHERE id = %(run_id)s AND version_id = %(version_id)s AND outcome IS NULL AND held_at IS NULL
        )
    RETURNING id
), done AS (
    {_COMPLETED} WHERE {_MINE} AND EXISTS (SELECT FROM next) RETURNING id
), tried AS (
    {_TRIED}
), begun AS (
    UPDATE workflows_run SET status = 'running', started_at = coalesce(started_at, %(claimed_at)s)
    WHERE %(begins)s AND id = %(run_id)s AND status <> 'running' AND EXISTS (SELECT FROM done)
)
SELECT id, now() FROM next
"""

# The last action of a run that is a plain list completed, and so has the run. All or nothing, in the same way. How a
# probe of a circuit breaker ends is written down (`flow.circuits`), so not here.
FINISH: LiteralString = f"""
WITH locked AS MATERIALIZED (
    SELECT id FROM workflows_run
    WHERE id = %(run_id)s AND version_id = %(version_id)s AND outcome IS NULL AND NOT is_probe AND held_at IS NULL
    FOR NO KEY UPDATE
), done AS (
    {_COMPLETED} WHERE {_MINE} AND EXISTS (SELECT FROM locked) RETURNING id
), tried AS (
    {_TRIED}
)
UPDATE workflows_run
SET status = 'completed', started_at = coalesce(started_at, %(claimed_at)s), finished_at = %(finished_at)s,
    deadline_at = NULL
WHERE id = %(run_id)s AND EXISTS (SELECT FROM done)
RETURNING lane, {backlogs.standing(LINE, "%(workspace_id)s", "%(weight)s", "%(id)s")}
"""
