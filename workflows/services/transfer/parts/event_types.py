"""Event types of a workspace, as registered."""

from collections.abc import Iterator
from typing import Any

from triggers.models import EventType
from triggers.services import event_types
from workflows.services.transfer import outcomes
from workflows.services.transfer.bundle import EventTypeItem
from workflows.services.transfer.outcomes import Conflict, Done, Outcome

KIND = "event_type"


def items() -> Iterator[dict[str, Any]]:
    """All of them by name."""
    for row in sorted(EventType.objects.all(), key=lambda row: row.name):
        yield {"name": row.name, **{column: getattr(row, column) for column in event_types.CHANGEABLE}}


def put(item: EventTypeItem, conflict: Conflict, by: str) -> Done:
    """Register it, or change what is said of it. Raises as `event_types.put`, and `ConflictError`."""
    values = {
        column: getattr(item, f"{column}_" if column == "schema" else column) for column in event_types.CHANGEABLE
    }
    row = EventType.objects.filter(name=item.name).first()
    if row is None:
        event_types.create(item.name, values)
        return Done(Outcome.CREATED, item.name)
    before = event_types.state(row)
    changed = sorted(column for column, value in values.items() if getattr(row, column) != value)
    if not changed:
        return Done(Outcome.UNCHANGED, item.name, before)
    if conflict is Conflict.KEEP:
        return Done(Outcome.KEPT, item.name, before)
    outcomes.refuse_taken(conflict, f"the event type {item.name!r}", changed)
    event_types.change(item.name, values)
    return Done(Outcome.CHANGED, item.name, before, changes=(f"{', '.join(changed)} changed.",))
