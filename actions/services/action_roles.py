"""Read and write which role may use which action types in the workspace in scope."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from core import action_roles, preconditions, tenancy, validation
from core.actors import Actor
from core.errors import InvalidError, Problem
from core.models import Workspace
from core.preconditions import Expected
from core.services import workspace_changes, workspaces


def read() -> dict[str, Any]:
    """The limits, by the keys of action types."""
    found: dict[str, Any] = Workspace.objects.values_list("action_roles", flat=True).get(
        pk=tenancy.current_workspace_id()
    )
    return found


def state(found: Mapping[str, Any]) -> str:
    """What the limits are, as their `ETag` begins with it."""
    return preconditions.state_of([found])


@transaction.atomic
def replace(document: Mapping[str, Any], *, by: str = "", expected: Expected | None = None) -> dict[str, Any]:
    """Replace all of them by those in `document["roles"]`.

    Raises `InvalidError` with every problem, and `PreconditionFailedError` when they are not as expected (`state`).
    """
    preconditions.check(expected, state(workspaces.locked().action_roles))
    unknown = [name for name in document if name != "roles"]
    problems = [
        Problem(f"/{name[:100]}", "unknown_field", f"{name[:100]!r} is not known here.{_guess(name)}")
        for name in unknown
    ]
    if "roles" not in document:
        problems.append(Problem("/roles", "missing", "'roles' is missing; it is required."))
    else:
        found = action_roles.problems(document["roles"])
        problems += [Problem(f"/roles{each.path}", each.code, each.message) for each in found]
    if problems:
        raise InvalidError("The limits were not stored.", problems=problems)
    changed = workspace_changes.change({"action_roles": document["roles"]}, by=Actor(by))
    written: dict[str, Any] = changed.action_roles
    return written


def _guess(name: str) -> str:
    return validation.did_you_mean(name, ["roles"])
