"""Connections of a workspace: everything about them but their secrets, which nobody takes out."""

from collections.abc import Iterator
from typing import Any

from actions.models import Connection
from actions.services import connections
from core.errors import ConflictError, Problem
from workflows.services.transfer import outcomes
from workflows.services.transfer.bundle import ConnectionItem
from workflows.services.transfer.outcomes import Conflict, Done, Outcome

KIND = "connection"


def items() -> Iterator[dict[str, Any]]:
    """All of them by name, each with the names of the secrets that somebody has to give where it arrives."""
    for row in sorted(Connection.objects.all(), key=lambda row: row.name):
        yield {
            "name": row.name,
            "kind": row.kind,
            "settings": row.settings,
            "role": row.role,
            "secrets": connections.needed_secrets(row.kind),
        }


def put(item: ConnectionItem, conflict: Conflict, by: str) -> Done:
    """Store it without its secrets, so that it cannot be used before they are given; or change its settings.

    Raises as `connections.create` and `update` do (also where stored secrets would go to another address), and
    `ConflictError`, also for one of another kind.
    """
    row = Connection.objects.filter(name__iexact=item.name).first()
    if row is None:
        row = connections.create(
            name=item.name, kind=item.kind, settings_=item.settings, secrets={}, role=item.role, by=by,
            is_complete=False,
        )  # fmt: skip
        return Done(Outcome.CREATED, row.name, changes=_told(row))
    before = connections.state(row)
    wanted = {"kind": item.kind, "settings": item.settings, "role": item.role}
    changed = sorted(name for name, value in wanted.items() if getattr(row, name) != value)
    if not changed:
        return Done(Outcome.UNCHANGED, row.name, before, changes=_told(row))
    if conflict is Conflict.KEEP:
        return Done(Outcome.KEPT, row.name, before)
    outcomes.refuse_taken(conflict, f"the connection {row.name!r}", changed)
    if "kind" in changed:
        message = f"The connection {row.name!r} is of the kind {row.kind}; map the name to another connection."
        raise ConflictError(message, problems=[Problem("/kind", "taken", message)])
    row = connections.update(row, settings_=item.settings, role=item.role, by=by)
    return Done(Outcome.CHANGED, row.name, before, changes=(f"{', '.join(changed)} changed.", *_told(row)))


def _told(row: Connection) -> tuple[str, ...]:
    if not row.needs_authorization:
        return ()
    names = ", ".join(connections.needed_secrets(row.kind))
    return (f"It waits for its secrets ({names}): PATCH connections/{row.name}/.",)
