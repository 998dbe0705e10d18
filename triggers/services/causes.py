"""What an action's own code sends while it is performed: events of the run, though it does not say so.

A record that an action changes, or `emit` in the code of a plugin, makes an event in the middle of the action. Without
the run, a workflow that changes the record that starts it would go on for ever.

A table may be watched by PostgreSQL itself (`services.tables`), which knows the statement and nothing of us. So every
statement that the action sends through Django ends with a comment that names the run and its event, and the trigger of
the table reads it. A setting of the session would cost a round trip for each write, and outlive the action when it
cannot be taken back. It is read at the very end of the statement only, where no value can stand.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection

from core import tenancy
from triggers.engine.incoming import IncomingEvent
from triggers.models import Event


@dataclass(frozen=True, slots=True)
class Cause:
    """The run of a workspace, and the event that it was started for."""

    workspace_id: UUID
    run_id: UUID
    event_id: UUID


COMMENT = "sequitur:cause"

_current: ContextVar[Cause | None] = ContextVar("cause_of_events", default=None)


@contextmanager
def of(cause: Cause) -> Iterator[None]:
    """Every event of its workspace that is accepted inside was sent by the run, unless it says of which it is."""
    token = _current.set(cause)
    try:
        with connection.execute_wrapper(_naming):
            yield
    finally:
        _current.reset(token)


def _naming(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    cause = _current.get()
    if cause is not None and isinstance(sql, str):  # a new line, since the last one may be a comment
        sql = f"{sql}\n/*{COMMENT}={cause.run_id}/{cause.event_id}*/"
    return execute(sql, params, many, context)


def filled(incoming: Sequence[IncomingEvent]) -> Sequence[IncomingEvent]:
    """The events, each with the run that sent it. Other workspaces are told nothing of it.

    What it began with is read only now: most actions send nothing while they are performed.
    """
    cause = _current.get()
    if cause is None or cause.workspace_id != tenancy.current_workspace_id():
        return incoming
    if all(each.cause_run for each in incoming):
        return incoming
    lineage = _lineages([cause.event_id])[cause.workspace_id, cause.event_id]
    return [each if each.cause_run else _sent_by(cause.run_id, each, lineage) for each in incoming]


def of_changes(changes: Sequence[tuple[UUID, IncomingEvent, str]]) -> list[IncomingEvent]:
    """The events of watched tables, each with the run that the trigger of its table read of the statement.

    With each stand its workspace and what was read. What names an event that the workspace does not have, of another
    one or gone by now, is an event like any. To be called where all workspaces are seen.
    """
    named = [_named(text) for _, _, text in changes]
    lineages = _lineages({each[1] for each in named if each})
    return [
        _sent_by(name[0], event, lineages[workspace_id, name[1]])
        if name and (workspace_id, name[1]) in lineages
        else event
        for (workspace_id, event, _), name in zip(changes, named, strict=True)
    ]


def _named(text: str) -> tuple[UUID, UUID] | None:
    """The run and its event; None for what is neither: whoever may write the table may send any statement."""
    try:
        run_id, event_id = (UUID(part) for part in text.split("/"))
    except ValueError:
        return None
    return run_id, event_id


def _lineages(event_ids: Collection[UUID]) -> Mapping[tuple[UUID, UUID], tuple[int, UUID]]:
    """By workspace and event: how deep it is, and the event that its chain began with."""
    if not event_ids:
        return {}
    rows = Event.objects.filter(pk__in=event_ids).values_list("workspace_id", "pk", "depth", "root")
    return {(workspace_id, pk): (depth, root or pk) for workspace_id, pk, depth, root in rows}


def _sent_by(run_id: UUID, event: IncomingEvent, lineage: tuple[int, UUID]) -> IncomingEvent:
    depth, root = lineage
    return replace(event, cause_run=run_id, depth=depth + 1, root=root)
