"""Fair shares of a queue: how many rows of a workspace have a message at once, and what waits behind those.

Constraints, and the design that follows ([ADR 23](../docs/adr/0023-fair-shares-are-windows-of-messages.md)):

1. The broker's queues are first in, first out, and stay so: any broker will do. So a workspace has at most a window of
   messages outstanding in a queue, `SEQUITUR_FAIR_WINDOW` times its weight. A row beyond that waits as a row, in its
   backlog: `queue_priority` says how urgently, and `hinted_at` is empty, since there is no message. Equal windows in
   one queue are served in turns; a window twice as long is served twice as often.
2. Nobody watches. Whoever takes or finishes a row of a workspace sees in the statement that it runs anyway how the
   workspace stands (`standing`), and publishes for its next rows when half of the window is gone (`refill`).
3. Nobody waits for a whole window of each of the others: the first message of a workspace that has none in the queue
   goes into a queue for such messages alone, and workers read queues in turns. That is the idea of FQ-CoDel's new flows
   (RFC 8290, section 4.2): a sparse flow waits for what is being served, not for the lengths of others.
4. It costs nothing where there is no backlog: one look into an index that is empty.
5. All of it is about hints. Windows may be exceeded for a moment, by as many transactions as decide at once, and a
   refill that is missed is made up for by the sweep.

The rows of a table that takes part have `workspace_id`, `hinted_at` and `queue_priority`, with the indexes (workspace,
hinted_at) and (workspace, -queue_priority, id), each of the rows that have the latter.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import IntEnum
from typing import LiteralString
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from core import prepared, tenancy
from core.worker import correlation

MAX_WEIGHT = 100
UNLIMITED = 1_000_000_000
NO_WINDOW = 1_000  # rows of one refill: of what was left in backlogs when windows were taken away

log = structlog.get_logger(__name__)


class Standing(IntEnum):
    """How a workspace stands in a queue: nothing waits behind its messages; rows wait; and few messages are left."""

    CLEAR = 0
    BEHIND = 1
    SHORT = 2


@dataclass(frozen=True, slots=True)
class Line:
    """The rows that wait for one queue. `waiting`: the condition, of the row `o`, under which one still does.

    `depth`: how many times the window the rows of a refill may be, where one message holds several. `lock` keeps two
    from refilling for one workspace at the same time. `publish` is called with ids of rows, in the workspace's scope.
    """

    table: LiteralString
    waiting: LiteralString
    lock: int
    publish: Callable[[list[UUID]], object]
    depth: int = 1


def window() -> int:
    """Messages of a workspace of weight 1; 0: as many as there are rows."""
    return int(settings.SEQUITUR_FAIR_WINDOW)


@dataclass(frozen=True, slots=True)
class Room:
    """For how many new rows of a workspace a message may be published now: none before its backlog.

    `is_idle`: it has no message at all in the queue, so its first one overtakes.
    """

    number: int
    is_idle: bool = False


def rooms(line: Line, workspace_ids: Collection[UUID]) -> Mapping[UUID, Room]:
    """The room of each of these workspaces."""
    if not window():
        return dict.fromkeys(workspace_ids, Room(UNLIMITED))
    with _reach_of(workspace_ids):
        found = prepared.fetch(_rooms(line), {"ids": list(workspace_ids), "window": window()})
    return {workspace_id: Room(number, is_idle) for workspace_id, number, is_idle in found}


def _reach_of(workspace_ids: Collection[UUID]) -> AbstractContextManager[None]:
    """Most are asked for one workspace, in its scope: changing that would cost a statement."""
    if len(workspace_ids) == 1:
        return tenancy.scope(next(iter(workspace_ids)))
    return tenancy.unscoped("one message may hold rows of many workspaces")


def refill(line: Line, workspace_id: UUID) -> int:
    """Publish for the next rows of the backlog, if few of the workspace's messages are left; returns for how many.

    The rows say that they have a message before they have: when the process dies between, that message was lost.
    Concurrency: of two at once, one does it; rows that others hold are passed over. Safe to repeat.
    """
    values = {"workspace_id": workspace_id, "window": window() or NO_WINDOW, "lock": line.lock}
    with tenancy.scope(workspace_id), correlation.of(""):  # of others than whoever finds that there is room
        taken = [uid for uid, still_waits in prepared.fetch(_take(line), values) if still_waits]
        if taken:
            line.publish(taken)
    return len(taken)


def refill_soon(line: Line, workspace_ids: Iterable[UUID]) -> None:
    """Refill on commit, where rows go into a backlog: all messages before them may be worked off by then."""
    for workspace_id in set(workspace_ids):
        _on_commit(line, workspace_id)


def _on_commit(line: Line, workspace_id: UUID) -> None:
    def again() -> None:  # no partial: when it raises, Django logs its name, which a partial does not have
        refill(line, workspace_id)

    transaction.on_commit(again, robust=True)


def refill_all(line: Line) -> int:
    """The same for every workspace with a backlog: for sweeps. One that fails keeps no other from it."""
    statement: LiteralString = f"SELECT w.id FROM core_workspace w WHERE {has_backlog(line, 'w.id')}"  # noqa: S608
    total = 0
    with tenancy.unscoped("one sweep serves all workspaces"):
        found = prepared.fetch(statement, {})
    for (workspace_id,) in found:
        try:
            total += refill(line, workspace_id)
        except Exception:
            log.exception("backlog cannot be refilled", table=line.table, workspace_id=str(workspace_id))
    return total


def has_backlog(line: Line, workspace: LiteralString) -> LiteralString:
    """SQL: whether rows of the workspace, a column or parameter, wait without a message; TRUE or NULL.

    The order makes PostgreSQL look into the index of backlogs, whatever it believes of the table; from the end where no
    rows were taken out, so that dead ones are not in the way.
    """
    return f"""(SELECT TRUE FROM {line.table} AS b WHERE b.workspace_id = {workspace} AND b.queue_priority IS NOT NULL
        ORDER BY b.queue_priority, b.id DESC LIMIT 1)"""  # noqa: S608  made of constants


def standing(line: Line, workspace: LiteralString, weight: LiteralString, besides: LiteralString) -> LiteralString:
    """SQL: the `Standing` of the workspace, the row with the id `besides` not counted. Parameter: `window`."""
    half: LiteralString = f"{weight} * %(window)s::int / 2"
    return f"""CASE WHEN {has_backlog(line, workspace)} THEN CASE WHEN
        {outstanding(line, workspace, limit=f"{half} + 1", besides=besides)} <= {half} THEN 2 ELSE 1 END ELSE 0 END"""


def outstanding(
    line: Line, workspace: LiteralString, *, limit: LiteralString, besides: LiteralString = "NULL"
) -> LiteralString:
    """SQL: how many rows of the workspace have a message, counted up to `limit`, from the newest: dead ones are old."""
    return f"""(SELECT count(*) FROM (SELECT FROM {line.table} AS o
        WHERE o.workspace_id = {workspace} AND o.hinted_at IS NOT NULL AND {line.waiting}
            AND o.id IS DISTINCT FROM {besides}
        ORDER BY o.hinted_at DESC LIMIT {limit}) AS outstanding)"""  # noqa: S608  made of constants


def room(line: Line, workspace: LiteralString, weight: LiteralString) -> LiteralString:
    """SQL: for how many new rows of the workspace a message may be published now. Parameter: `window`, or 0."""
    whole: LiteralString = f"{weight} * %(window)s::int"
    return f"""CASE WHEN %(window)s::int = 0 THEN {UNLIMITED} WHEN {has_backlog(line, workspace)} THEN 0
        ELSE {whole} - {outstanding(line, workspace, limit=whole)} END"""


def _rooms(line: Line) -> LiteralString:
    return f"""SELECT id, room, room = whole FROM (
        SELECT w.id, {room(line, "w.id", "w.weight")} AS room, w.weight * %(window)s::int AS whole
        FROM core_workspace w WHERE w.id = ANY(%(ids)s)) AS found"""  # noqa: S608  made of constants


def _take(line: Line) -> LiteralString:
    """A row that is in the backlog though it no longer waits is taken out without a message."""
    whole: LiteralString = f"w.weight * %(window)s::int * {line.depth}"
    return f"""
WITH share AS MATERIALIZED (
    SELECT CASE WHEN pg_try_advisory_xact_lock(%(lock)s, hashtext(w.id::text))
        THEN {whole} - {outstanding(line, "w.id", limit=whole)} ELSE 0 END AS room, ({whole} + 1) / 2 AS least
    FROM core_workspace w WHERE w.id = %(workspace_id)s AND {has_backlog(line, "w.id")}
), next AS MATERIALIZED (
    SELECT b.id FROM {line.table} AS b WHERE b.workspace_id = %(workspace_id)s AND b.queue_priority IS NOT NULL
    ORDER BY b.queue_priority DESC, b.id
    LIMIT coalesce((SELECT room FROM share WHERE room >= least), 0)
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE {line.table} AS o
SET queue_priority = NULL, hinted_at = CASE WHEN {line.waiting} THEN now() ELSE o.hinted_at END
FROM next WHERE o.id = next.id RETURNING o.id, {line.waiting}
"""  # noqa: S608  made of constants
