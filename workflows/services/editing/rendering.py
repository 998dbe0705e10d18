"""Render a value with the names of a sample, by the code that renders it in runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.context import workspace_names
from core.errors import Problem, SequiturError
from core.expressions import scope as scopes
from core.expressions import templates
from core.expressions.paths import MISSING
from core.expressions.scope import RESERVED, Scope
from core.models import Workspace
from core.redaction import REDACTED
from core.redaction.shortening import size_bytes
from core.services import secrets
from triggers.context import event_names
from triggers.models import Event

Json = dict[str, Any]

MAX_RESULT_BYTES = 1024 * 1024

_KINDS = {bool: "boolean", int: "number", float: "number", str: "text", list: "list", dict: "object"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a value gives. `unknown_paths` are needed and lead nowhere; with a problem there is no result."""

    result: Any = None
    kind: str = ""
    unknown_paths: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def render(value: Any, scope: Scope, *, path: str) -> Rendered:
    """The value with every template in it rendered, or what keeps it from that. `path` is its JSON pointer."""
    if problems := templates.check_structure(value, path=path):
        return Rendered(problems=tuple(problems))
    found = templates.references_in(value, path=path)
    missing = [each for each in found if not each.is_optional and scope.resolve(each.path) is MISSING]
    unknown = tuple(dict.fromkeys(str(each.path) for each in missing))
    try:
        result = scopes.as_json(templates.render_structure(value, scope))
        if size_bytes(result) > MAX_RESULT_BYTES:
            problem = Problem(path, "too_much_output", f"It gives more than {MAX_RESULT_BYTES:,} bytes.")
            return Rendered(unknown_paths=unknown, problems=(problem,))
    except SequiturError as error:
        places = [each.pointer for each in missing] or [path]
        return Rendered(unknown_paths=unknown, problems=(Problem(places[0], error.code, error.detail),))
    return Rendered(result, kind_of(result), unknown)


def kind_of(value: Any) -> str:
    """The type of a JSON value: text, number, boolean, list, object or nothing."""
    return _KINDS.get(type(value), "nothing")


def scope_of_sample(sample: Mapping[str, Any], *, workspace: Workspace, now: datetime) -> Scope:
    """The names of a sample: reserved ones as it gives them, all others as data of an event."""
    given = {name: value for name, value in sample.items() if name in RESERVED}
    data = {name: value for name, value in sample.items() if name not in RESERVED}
    event = given.get("event") if isinstance(given.get("event"), dict) else {}
    inner = event.get("data") if isinstance(event, dict) and isinstance(event.get("data"), dict) else {}
    known = _known(workspace, now=now, event={**(event or {}), "data": {**data, **(inner or {})}})
    own = {name: value for name, value in given.items() if name not in {"event", "secrets"}}
    return known.having(**own)


def scope_of_event(event: Event, *, workspace: Workspace, now: datetime) -> Scope:
    """The names that there are when an event has come and nothing has been done."""
    return _known(workspace, now=now, event=event_names(event))


def _known(workspace: Workspace, *, now: datetime, event: Json) -> Scope:
    return scopes.build(
        now=now,
        zone=workspace.time_zone,
        event=event,
        workspace=workspace_names(workspace),
        vars=workspace.variables,
        secrets=dict.fromkeys(secrets.names(), REDACTED),
        actions={},
    )
