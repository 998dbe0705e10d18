"""What an action's own code sends while it is performed: events of the run, though it does not say so.

A record that an action changes, or `emit` in the code of a plugin, makes an event in the middle of the action. Without
the run, a workflow that changes the record that starts it would go on for ever.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from uuid import UUID

from core import tenancy
from triggers.engine.incoming import IncomingEvent
from triggers.models import Event


@dataclass(frozen=True, slots=True)
class Cause:
    """The run of a workspace, and the event that it was started for."""

    workspace_id: UUID
    run_id: UUID
    event_id: UUID


_current: ContextVar[Cause | None] = ContextVar("cause_of_events", default=None)


@contextmanager
def of(cause: Cause) -> Iterator[None]:
    """Every event of its workspace that is accepted inside was sent by the run, unless it says of which it is."""
    token = _current.set(cause)
    try:
        yield
    finally:
        _current.reset(token)


def filled(incoming: Sequence[IncomingEvent]) -> Sequence[IncomingEvent]:
    """The events, each with the run that sent it. Other workspaces are told nothing of it.

    What it began with is read only now: most actions send nothing while they are performed.
    """
    cause = _current.get()
    if cause is None or cause.workspace_id != tenancy.current_workspace_id():
        return incoming
    if all(each.cause_run for each in incoming):
        return incoming
    depth, root = Event.objects.values_list("depth", "root").get(pk=cause.event_id)
    root = root or cause.event_id
    return [
        each if each.cause_run else replace(each, cause_run=cause.run_id, depth=depth + 1, root=root)
        for each in incoming
    ]
