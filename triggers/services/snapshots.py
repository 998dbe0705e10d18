"""What a workspace says of itself, kept as it was when events were decided, so that decisions can be explained."""

import hashlib
import json
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import transaction

from core.context import workspace_names
from core.expressions import scope as scopes
from core.expressions.scope import Scope
from core.models import Workspace
from triggers.context import event_names
from triggers.models import Event, Snapshot

Json = dict[str, Any]
_KNOWN = 10_000

_stored: dict[UUID, None] = {}  # of this process, committed


def state_of(workspace: Workspace) -> Json:
    """What conditions may know of a workspace. **Shape**: {"workspace", "vars", "zone"}."""
    return {"workspace": workspace_names(workspace), "vars": workspace.variables, "zone": workspace.time_zone}


def keep(state: Json, *, workspace_id: UUID) -> UUID:
    """Store what the workspace in scope says, once for each different content; returns the id it is stored under."""
    digest = hashlib.blake2b(json.dumps(state, sort_keys=True).encode(), digest_size=16, key=workspace_id.bytes)
    id_ = UUID(bytes=digest.digest())
    if id_ not in _stored:
        row = Snapshot(id=id_, workspace_id=workspace_id, digest=digest.hexdigest(), state=state)
        Snapshot.objects.bulk_create([row], ignore_conflicts=True)
        transaction.on_commit(lambda: _remember(id_))
    return id_


def _remember(id_: UUID) -> None:
    if len(_stored) >= _KNOWN:
        _stored.clear()
    _stored[id_] = None


def scope_of(event: Event, state: Json, *, now: datetime) -> Scope:
    """The names that conditions see. What a definition's check lets them name: `workflows.definitions.references`."""
    return scopes.build(
        now=now, zone=state["zone"], event=event_names(event), workspace=state["workspace"], vars=state["vars"]
    )


def scope_then(event: Event) -> Scope:
    """The scope in which a decided event was decided: the workspace as it was, at the instant of the decision.

    An event that was decided before decisions were kept is seen with the workspace as it is.
    """
    if event.snapshot_id is None or (state := _state(event.snapshot_id)) is None:
        state = state_of(event.workspace)
    return scope_of(event, state, now=event.matched_at or event.received_at)


@lru_cache(maxsize=256)
def _state(snapshot_id: UUID) -> Json | None:
    row = Snapshot.objects.filter(pk=snapshot_id).first()
    return None if row is None else row.state
