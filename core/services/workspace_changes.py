"""Change what a workspace is called, knows, may use and is held to: the columns that its admins write."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import available_timezones

from django.core.validators import slug_re
from django.db import transaction

from core import action_roles, backlogs, limits, names, outbound_rules, ports, preconditions
from core.actors import Actor
from core.errors import InvalidError, Problem
from core.models import Workspace
from core.preconditions import Expected
from core.services import audit, workspaces

MAX_NAME, MAX_SLUG = 200, 63


@transaction.atomic
def change(changes: Mapping[str, Any], *, by: Actor, expected: Expected | None = None) -> Workspace:
    """Replace these columns of the workspace in scope; the same again changes nothing. Each value is a whole one.

    Raises `InvalidError` with every problem, and `PreconditionFailedError` when it is not as expected (`state`);
    nothing is changed then. Concurrency: the row is locked, so that `before` is what was there, and rules that look at
    two columns see both.
    """
    workspace = workspaces.locked()
    preconditions.check(expected, state(workspace))
    _refuse(changes, workspace)
    wanted = dict(changes)
    if "action_roles" in wanted:
        wanted["action_roles"] = action_roles.canonical(wanted["action_roles"])
    changed = {name: value for name, value in wanted.items() if getattr(workspace, name) != value}
    if changed:
        before = {name: getattr(workspace, name) for name in changed}
        for name, value in changed.items():
            setattr(workspace, name, value)
        workspace.save(update_fields=[*changed])
        audit.record(
            "workspace.changed",
            by=by.name,
            target="workspace",
            target_id=workspace.pk,
            before=audit.shown(before),
            after=audit.shown(changed),
        )
    return workspace


def state(workspace: Workspace) -> str:
    """What its admins wrote, as its `ETag` begins with it."""
    return preconditions.state_of(getattr(workspace, name) for name in COLUMNS)


def _refuse(changes: Mapping[str, Any], workspace: Workspace) -> None:
    found = [problem for name, value in changes.items() for problem in _CHECKS[name](value)]
    variables = changes.get("variables", workspace.variables)
    if "flow" in changes or "variables" in changes:
        flow = changes.get("flow", workspace.flow)
        known = variables if isinstance(variables, dict) else {}
        found += [Problem("/flow", "invalid", text) for text in ports.flow_problems(flow, variables=known)]
    if found:
        raise InvalidError("The workspace was not changed.", problems=found)


def _name(value: object) -> list[Problem]:
    if isinstance(value, str) and value.strip() and len(value) <= MAX_NAME:
        said = names.problem(value)
        return [Problem("/name", "invalid", said)] if said else []
    return [Problem("/name", "invalid", f"Expected 1 to {MAX_NAME} characters; got {str(value)[:40]!r}.")]


def _slug(value: object) -> list[Problem]:
    """For operators alone, whose form knows whether it is free: no operation of the API takes one."""
    is_one = isinstance(value, str) and len(value) <= MAX_SLUG and slug_re.match(value)
    return [] if is_one else [Problem("/slug", "invalid", f"Expected 1 to {MAX_SLUG} letters, digits, - and _.")]


def _time_zone(value: object) -> list[Problem]:
    if isinstance(value, str) and value in available_timezones():
        return []
    message = f"There is no time zone {str(value)[:64]!r}; write a name like Europe/Amsterdam."
    return [Problem("/time_zone", "unknown_time_zone", message)]


def _object(path: str) -> Callable[[object], list[Problem]]:
    return lambda value: [] if isinstance(value, dict) else [Problem(path, "invalid", "Expected an object: {...}.")]


def _weight(value: object) -> list[Problem]:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= backlogs.MAX_WEIGHT:
        return []
    return [Problem("/weight", "invalid", f"Expected a whole number from 1 to {backlogs.MAX_WEIGHT}; got {value!r}.")]


_CHECKS: dict[str, Callable[[Any], list[Problem]]] = {
    "name": _name,
    "time_zone": _time_zone,
    "settings": _object("/settings"),
    "variables": _object("/variables"),
    "limits": lambda value: [Problem("/limits", "invalid", text) for text in limits.problems(value)],
    "flow": lambda value: [],  # with the variables, above
    "outbound": lambda value: [Problem("/outbound", "invalid", text) for text in outbound_rules.problems(value)],
    "action_roles": lambda value: [
        Problem(f"/action_roles{each.path}", each.code, each.message) for each in action_roles.problems(value)
    ],
    "weight": _weight,
    "slug": _slug,
}
COLUMNS = tuple(_CHECKS)
