"""The events that actions send: checked when the action has been done, stored when it is recorded as completed."""

from collections.abc import Sequence
from dataclasses import replace

from actions.base import EmittedEvent
from core.models import Workspace
from triggers.engine.incoming import IncomingEvent
from triggers.models import Event
from triggers.services import emitting, ingest
from workflows.services.claims import Claim


def checked(claim: Claim, events: Sequence[EmittedEvent]) -> tuple[IncomingEvent, ...]:
    """The events as they will be accepted. Raises `InvalidError` for what cannot be.

    Their ids are the same for every attempt: that of the action run, numbered from the second on.
    """
    source = f"workflow/{claim.published.workflow_slug}"
    return tuple(
        emitting.checked(
            each.type,
            each.data,
            id_=each.id or (f"{claim.idempotency_key}:{index}" if index else claim.idempotency_key),
            source=each.source or source,
            subject=each.subject,
        )
        for index, each in enumerate(events)
    )


def send(claim: Claim, events: Sequence[IncomingEvent]) -> None:
    """Accept them in the transaction that records the action, so once, whatever becomes of its worker.

    Each says which run sent it, how many runs led to it, and what event all began with: what starts itself in a circle
    ends at a depth, or at a number of runs (`flow.controls.loops`).
    """
    if not events:
        return
    depth, root = Event.objects.values_list("depth", "root").get(pk=claim.event_id)
    sent = [replace(each, cause_run=claim.run_id, depth=depth + 1, root=root or claim.event_id) for each in events]
    ingest.accept_many(sent, workspace=Workspace.objects.get(pk=claim.workspace_id))
