"""Connectors that a workspace stores."""

from collections.abc import Iterator
from typing import Any

from actions.models import Connector
from actions.services import connectors
from workflows.services.transfer import outcomes
from workflows.services.transfer.outcomes import Conflict, Done, Outcome

KIND = "connector"


def items() -> Iterator[dict[str, Any]]:
    """The documents of all of them, by name."""
    for row in sorted(Connector.objects.all(), key=lambda row: row.name):
        yield row.document


def put(item: dict[str, Any], conflict: Conflict, by: str) -> Done:
    """Store it, or replace the one of its name. Raises as `connectors.create` and `put`, and `ConflictError`."""
    name = str(item.get("name", ""))[:64]
    row = Connector.objects.filter(name=name).first()
    if row is None:
        connectors.create(item)
        return Done(Outcome.CREATED, name)
    before = connectors.state(row)
    if row.document == item:
        return Done(Outcome.UNCHANGED, name, before)
    if conflict is Conflict.KEEP:
        return Done(Outcome.KEPT, name, before)
    outcomes.refuse_taken(conflict, f"the connector {name!r}", [])
    connectors.put(name, item)
    return Done(Outcome.CHANGED, name, before)
