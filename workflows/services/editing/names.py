"""The names that a template can read at an action of a definition, each with its type and an example where known."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from actions import samples
from core.context import workspace_names
from core.errors import InvalidError, Problem
from core.expressions.paths import Path
from core.expressions.scope import RESERVED
from core.models import Workspace
from core.redaction import Redactor
from core.services import secrets
from triggers import resolving
from triggers.engine import patterns
from triggers.models import EventType, Pattern
from triggers.resolving import Resolved
from triggers.selectors import events
from workflows.definitions import outline
from workflows.definitions.outline import Place
from workflows.definitions.references import FIXED, OF_FOR_EACH, Part
from workflows.definitions.sight import Sight
from workflows.models import Workflow
from workflows.selectors import workflows as selectors
from workflows.services.editing.rendering import kind_of

Json = dict[str, Any]

MAX_NAMES = 1_000
MAX_DEPTH = 6
MAX_EXAMPLE_CHARACTERS = 200

_CLOCK = {"now": "text", "today": "text"}
_SHOWN = Redactor()


@dataclass(frozen=True, slots=True)
class Name:
    """A path that can be read. `kind` is "" where it is not known, `about` says whose it is."""

    path: str
    kind: str = ""
    example: Any = None
    about: str = ""


def known_at(
    workflow: Workflow, document: Mapping[str, Any], action: str, *, workspace: Workspace, sees_events: bool = True
) -> list[Name]:
    """The names at an action of a document in canonical form, at most `MAX_NAMES`; it may have problems.

    Secrets are there by name; what events say is there only for who sees events. Raises `InvalidError` when it has no
    such action.
    """
    whole = outline.build(document.get("actions"))
    place = whole.by_key.get(action)
    if place is None:
        message = f"The definition has no action {action[:100]!r}. There are {', '.join(list(whole.by_key)[:20])}."
        raise InvalidError("There is no such action.", problems=[Problem("/action", "unknown_action", message)])
    seen = Sight(whole, known=selectors.known(workflow)).at(place).actions
    heard = _of_events(document) if sees_events else ()
    return list(islice(_names(heard, place, seen, workspace=workspace), MAX_NAMES))


def _names(heard: Iterable[Name], place: Place, seen: Mapping[str, Part], *, workspace: Workspace) -> Iterator[Name]:
    yield from _of_loops(place)
    for key, part in seen.items():
        yield from _of_action(key, part)
    yield from heard
    for root in ("event", "run", "workflow", "trigger", "time"):
        yield from (Name(f"{root}.{name}") for name in sorted(FIXED[root]) if (root, name) != ("event", "data"))
    yield from (Name(name, kind) for name, kind in _CLOCK.items())
    for root, values in (("vars", workspace.variables), ("workspace", workspace_names(workspace))):
        yield from _below((root,), values, about=root)
    yield from (Name(str(Path(("secrets", name))), "text", about="secret") for name in sorted(secrets.names()))


def _of_loops(place: Place) -> Iterator[Name]:
    depth = place.body.loops + place.has_for_each
    for level in range(depth):
        before = "loop." + "loop.".join(["parent."] * level) if level else ""
        if level < 2:  # of those further out nothing can be read
            yield Name(f"{before}item", about="loop")
            yield Name(f"{before}index", "number", 0, about="loop")


def _of_action(key: str, part: Part) -> Iterator[Name]:
    root, found = ("actions", key), outline.type_of(part)
    about = f"action {key}"
    if part.get("for_each") is not None:
        kinds = dict(zip(OF_FOR_EACH, ("list", "number", "number"), strict=True))
        yield from (Name(str(Path((*root, "output", name))), kind, about=about) for name, kind in kinds.items())
    elif found is not None:
        yield from _below((*root, "output"), samples.of_model(found.output_model), about=about)
    yield Name(str(Path((*root, "status"))), "text", "completed", about)
    yield Name(str(Path((*root, "error"))), "object", None, about)


def _of_events(document: Mapping[str, Any]) -> Iterator[Name]:
    """The fields of the events that it listens to: of their schema or sample, else of the newest event; and of those
    that its triggers make themselves."""
    found = [*_resolved(document)]
    for resolved in found:
        for name, value in resolved.trigger_type.makes(resolved.params).items():
            yield from _below((name,), value, about=f"trigger {resolved.trigger_type.key}")
    heard = (each for each in found if not each.trigger_type.makes(each.params))
    for event_type in dict.fromkeys(event_type for each in heard for event_type in each.event_types):
        row = None if patterns.is_wild(event_type) else EventType.objects.filter(name=event_type).first()
        data: Any = row.sample if row is not None else None
        if data is None and row is not None and isinstance(row.schema, dict):
            data = samples.of_schema(row.schema)
        if data is None:
            newest = events.newest_of(event_type)
            data = newest.data if newest is not None else {}
        for name, value in data.items() if isinstance(data, dict) else ():
            root = ("event", "data", name) if name in RESERVED else (name,)
            yield from _below(root, value, about=f"event {event_type}")


def _resolved(document: Mapping[str, Any]) -> Iterator[Resolved]:
    """What a document's triggers are, and the patterns that they name, as far as those can be read."""
    triggers = document.get("triggers")
    for part in triggers if isinstance(triggers, list) else ():
        if isinstance(part, dict) and isinstance(part.get("params", {}), dict):
            with suppress(InvalidError):
                resolved = resolving.resolve(part.get("type", ""), part.get("params", {}))
                yield resolved
                named = resolved.trigger_type.patterns(resolved.params).values()
                for row in Pattern.objects.filter(name__in=list(named)) if named else ():
                    if (known := resolving.read(row.type, row.params)) is not None:
                        yield known


def _below(root: tuple[str, ...], value: Any, *, about: str) -> Iterator[Name]:
    """The path of a value, or of what is in it. What its name says is secret is not shown."""
    if isinstance(value, dict) and value and len(root) <= MAX_DEPTH:
        for name, inner in value.items():
            yield from _below((*root, str(name)), inner, about=about)
        return
    if isinstance(value, dict) and len(root) == 1:
        return
    shown = _SHOWN.clean({root[-1]: value})[root[-1]]
    example = shown[:MAX_EXAMPLE_CHARACTERS] if isinstance(shown, str) else shown
    is_plain = not isinstance(value, dict | list)
    yield Name(str(Path(root)), "" if value is None else kind_of(value), example if is_plain else None, about)
