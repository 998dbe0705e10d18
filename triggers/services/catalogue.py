"""Keep the triggers of a workflow as its active version says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from core import tenancy
from triggers.models import Trigger


@dataclass(frozen=True, slots=True)
class TriggerSpec:
    """A trigger as a definition describes it, its conditions already joined with those of the workflow."""

    key: str
    type: str
    event_type: str
    filters: Mapping[str, Any]
    conditions: Mapping[str, Any] | None


def listen(*, workflow_id: UUID, version_id: UUID, is_listening: bool) -> None:
    """Let the triggers of a version listen, or not."""
    Trigger.objects.filter(workflow_id=workflow_id, version_id=version_id).update(is_active=is_listening)


@transaction.atomic
def replace(specs: Sequence[TriggerSpec], *, workflow_id: UUID, version_id: UUID) -> None:
    """Make these the triggers of a workflow. Keys that are gone stop listening; their rows stay for their firings."""
    Trigger.objects.filter(workflow_id=workflow_id).update(is_active=False)
    rows = [
        Trigger(
            workspace_id=tenancy.current_workspace_id(),
            workflow_id=workflow_id,
            version_id=version_id,
            key=spec.key,
            type=spec.type,
            event_type=spec.event_type,
            filters=dict(spec.filters),
            conditions=spec.conditions,
        )
        for spec in specs
    ]
    # Not update_or_create: it locks the row FOR UPDATE, which deadlocks with the firings that refer to it meanwhile.
    Trigger.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["workflow", "key"],
        update_fields=["version", "type", "event_type", "filters", "conditions", "is_active", "updated_at"],
    )
