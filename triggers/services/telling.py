"""Store the events of changed rows, whoever saw the change."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings

from core import batches, tenancy
from core.models import Workspace
from core.redaction import shortening
from triggers.engine.changes import Told
from triggers.engine.incoming import IncomingEvent
from triggers.services import ingest

log = structlog.get_logger(__name__)

MAX_EVENTS = 500  # of one statement
MAX_CHARACTERS = 255  # of a source, of a subject


def incoming(told: Told, *, source: str, key: Any, id_: str = "", at: datetime | None = None) -> IncomingEvent:
    """The event as it is accepted. What would be too large is cut: a change cannot be refused for its size."""
    return IncomingEvent(
        type=told.type,
        data=shortening.shorten(told.data, max_bytes=settings.SEQUITUR_MAX_EVENT_BYTES),
        id=id_,
        source=source[:MAX_CHARACTERS],
        subject="" if key is None else str(key)[:MAX_CHARACTERS],
        time=at,
    )


def store(events: Sequence[tuple[UUID, IncomingEvent]]) -> None:
    """Accept events of several workspaces, in order. Those of a workspace that does not exist are left out, and logged.

    Concurrency: in the transaction of the caller, which is that of the change or of the row that tells of it.
    """
    of_workspace: defaultdict[UUID, list[IncomingEvent]] = defaultdict(list)
    for workspace_id, event in events:
        of_workspace[workspace_id].append(event)
    known = Workspace.objects.in_bulk(sorted(of_workspace))
    for workspace_id, told in of_workspace.items():
        if workspace_id not in known:
            log.error("changed rows of no workspace", workspace_id=str(workspace_id), events=len(told))
            continue
        with tenancy.scope(workspace_id):
            for each in batches.of(told, MAX_EVENTS):
                ingest.accept_many(each, workspace=known[workspace_id])
