"""Which events have a message now, and which wait in the backlog of their workspace (`core.backlogs`)."""

from collections.abc import Collection, Sequence
from uuid import UUID

from core import backlogs, batches, publish
from core.backlogs import Line

MATCH_TASK = "triggers.match_events"
QUEUE = "events"
BATCH_OF_BACKLOG = 32  # events of a message while others of the workspace wait, so that nobody is behind a long one
MOST_EXPRESS = 8  # events of a message that overtakes: a single one, or a few, and never a long batch


def hint(event_ids: Sequence[UUID], *, express: Sequence[UUID] = (), again: bool = False) -> None:
    """Publish, on commit, for these events, as many in a message as it holds.

    `express`: those of workspaces that have no other message in the queue. They overtake, unless they are many.
    `again`: an earlier message was lost, or its worker.
    """
    if len(express) > MOST_EXPRESS:
        event_ids, express = [*express, *event_ids], ()
    publish.batch(MATCH_TASK, express, queue=publish.express(QUEUE))
    publish.batch(MATCH_TASK, event_ids, queue=QUEUE, again=again)


def _hint_backlog(event_ids: Sequence[UUID]) -> None:
    for each in batches.of(event_ids, BATCH_OF_BACKLOG):
        hint(each)


LINE = Line("triggers_event", "o.matched_at IS NULL", lock=2302, publish=_hint_backlog, depth=4)


def refill_soon(workspace_ids: Collection[UUID]) -> None:
    """Publish for the next events of these workspaces' backlogs, on commit."""
    backlogs.refill_soon(LINE, workspace_ids)


def refill_all() -> int:
    """The same now, for all workspaces: for the sweep."""
    return backlogs.refill_all(LINE)
