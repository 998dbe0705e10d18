"""The columns of a workspace that its admins write: what templates see, and what it is held to."""

from collections.abc import Iterator
from typing import Any

from core import tenancy
from core.actors import Actor
from core.models import Workspace
from core.preconditions import state_of
from core.services import workspace_changes
from workflows.services.transfer import outcomes
from workflows.services.transfer.outcomes import Conflict, Done, Outcome

KIND = "workspace"
COLUMNS = ("time_zone", "settings", "variables", "limits", "flow", "outbound", "action_roles")
_BY_NAME = frozenset({"settings", "variables", "action_roles"})  # each name is a thing of its own
_UNSET: tuple[object, ...] = ({}, "UTC")


def items() -> Iterator[dict[str, Any]]:
    """One item: all columns."""
    row = Workspace.objects.get(pk=tenancy.current_workspace_id())
    yield {column: getattr(row, column) for column in COLUMNS}


def put(column: str, value: Any, conflict: Conflict, by: Actor) -> Done:
    """Write one column. What is not set yet is set; of `settings`, `variables` and `action_roles` that is so name by
    name, and names that are only here stay.

    Raises `InvalidError` for what cannot stand there, and `ConflictError`.
    """
    there = getattr(Workspace.objects.get(pk=tenancy.current_workspace_id()), column)
    is_by_name = column in _BY_NAME and isinstance(value, dict) and isinstance(there, dict)
    wanted = {**there, **value} if is_by_name else value
    before = state_of([there])
    if wanted == there:
        return Done(Outcome.UNCHANGED, column, before)
    differs = sorted(name for name in value if name in there and there[name] != value[name]) if is_by_name else []
    is_taken = bool(differs) if is_by_name else there not in _UNSET
    if is_taken and conflict is Conflict.KEEP:
        wanted = {**value, **there} if is_by_name else there
        if wanted == there:
            return Done(Outcome.KEPT, column, before)
    elif is_taken:
        outcomes.refuse_taken(conflict, f"a value of `{column}`", differs)
    workspace_changes.change({column: wanted}, by=by)
    return Done(Outcome.CHANGED, column, before)
