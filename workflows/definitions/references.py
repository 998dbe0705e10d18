"""Which names a template may read, as far as that is known before anything runs.

1. `actions.<id>`: an action that ends before this one starts, its `output`, `status` or `error`; of the output, the
   fields its type declares.
2. `secrets.<name>`, `vars.<name>`: what the workspace has.
3. `event`, `run`, `workflow`, `trigger`, `time`: their fixed names.
4. `item`, `index`: inside a `for_each`; `loop.parent`: the same names of the one around it.
5. Everything else is data of the event or settings of the workspace, and known only when it runs.

Conditions of triggers are decided before there is a run: they see the event, the workspace, its variables, the clock.
What stands behind `| default(...)` may be absent, but for actions that do not exist at all.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from core import pointers, validation
from core.errors import Problem
from core.expressions import paths, templates
from core.expressions.paths import InvalidPathError
from core.models import Role
from triggers.resolving import Resolved
from workflows.definitions import outline

Part = Mapping[str, Any]

FIXED: dict[str, frozenset[str]] = {
    "event": frozenset({"id", "uid", "type", "source", "subject", "time", "data", "headers", "query", "method"}),
    "run": frozenset({"id", "created_at", "variables"}),
    "workflow": frozenset({"id", "name", "slug", "version"}),
    "trigger": frozenset({"id", "type"}),
    "time": frozenset({"hour", "minute", "weekday", "date"}),
}
FOR_SECRETS = frozenset({"default", "escape", "json", "string", "trim", "urlencode"})  # forms that redaction knows
OF_ACTION = frozenset({"output", "status", "error"})
OF_FOR_EACH = ("items", "count", "failed")  # the output of an action with `for_each`
OF_PARENT = ("item", "index")
OF_ABSENT = ("exists", "is_empty")  # operators whose field may be absent
ONLY_IN_RUNS = frozenset({"actions", "run", "workflow", "trigger"})


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """What a definition that names a connection has to fit: its kind, and the least role that may use it."""

    kind: str
    role: Role


@dataclass(frozen=True, slots=True)
class Known:
    """What the workspace has that a definition may name.

    `workflows` answers the names and slugs of all its workflows, and is asked only when one is named; `itself` are
    those of the workflow that the definition belongs to. `connections` answers the connections by name, and is asked in
    the same way; None: nothing is known of them, and nothing is said. `patterns` answers by name which types of events
    fire the patterns; `of_trigger` says what else is wrong with a trigger there, below the path of its parameters.
    `role` is that of who would publish, and `action_roles` which role may use which action type.
    """

    secrets: frozenset[str] = frozenset()
    connections: Callable[[], Mapping[str, ConnectionFacts]] | None = None
    action_roles: Mapping[str, str] = field(default_factory=dict)
    role: Role = Role.ADMIN
    variables: frozenset[str] = frozenset()
    workflows: Callable[[], Collection[str]] = frozenset
    itself: frozenset[str] = frozenset()
    patterns: Callable[[], Mapping[str, Collection[str]]] = dict
    of_trigger: Callable[[Resolved, str], Sequence[Problem]] = lambda *_: ()


@dataclass(frozen=True, slots=True)
class Names:
    """What can be named at one place of a definition.

    `actions` are those that end before this one starts, by id; `why_not` tells of any other id why it is not one of
    them ("" when there is no such action). `loops` counts the `for_each` around the place. `also` are names of the
    place itself, each with its fields; none are those of plain values.
    """

    known: Known
    actions: Mapping[str, Part] = field(default_factory=dict)
    why_not: Callable[[str], str] = lambda _: ""
    loops: int = 0
    has_run: bool = True
    has_secrets: bool = True
    also: Mapping[str, frozenset[str]] = field(default_factory=dict)


def check(value: Any, *, path: str, names: Names) -> Iterator[Problem]:
    """Every name in the templates of a value that cannot exist, and every use of a secret that could not be hidden."""
    for reference in templates.references_in(value, path=path):
        steps = [str(step) for step in reference.path.steps]
        if message := _wrong(steps, names, reference.is_optional):
            yield Problem(reference.pointer, "unknown_path", message)
        elif steps[0] == "secrets" and not names.has_secrets:
            message = "Secrets can be used in the parameters of actions only, and not in those that would be stored."
            yield Problem(reference.pointer, "secret_not_allowed", message)
        elif steps[0] == "secrets" and (changing := sorted(reference.filters - FOR_SECRETS)):
            message = f"A secret cannot go through {', '.join(changing)}: what comes out could not be hidden."
            yield Problem(reference.pointer, "secret_not_allowed", message)


def check_conditions(document: Any, *, path: str, names: Names) -> Iterator[Problem]:
    """Every name in a condition, its fields and the templates of its values, that cannot exist.

    For conditions without other problems: then they are not nested too deeply for this.
    """
    if isinstance(document, list):
        for index, inner in enumerate(document):
            yield from check_conditions(inner, path=pointers.join(path, index), names=names)
    elif isinstance(document, dict):
        for name in ("and", "or", "not"):
            yield from check_conditions(document.get(name), path=pointers.join(path, name), names=names)
        for where, steps, is_optional in _named(document, path=path):
            if message := _wrong(steps, names, is_optional):
                yield Problem(where, "unknown_path", message)


def _named(comparison: Mapping[str, Any], *, path: str) -> Iterator[tuple[str, list[str], bool]]:
    """The paths that a comparison reads, each with its place and whether it may be absent."""
    name = comparison.get("field")
    if isinstance(name, str):
        with suppress(InvalidPathError):  # the condition's own check says so
            yield (
                f"{path}/field",
                [str(step) for step in paths.parse(name).steps],
                comparison.get("operator") in OF_ABSENT,
            )
    for reference in templates.references_in(comparison.get("value"), path=f"{path}/value"):
        yield reference.pointer, [str(step) for step in reference.path.steps], reference.is_optional


def _wrong(steps: list[str], names: Names, is_optional: bool) -> str:
    first, *rest = steps
    if first in ONLY_IN_RUNS and not names.has_run:
        return f"{first!r} belongs to a run, and conditions decide whether there is one."
    if (fields := names.also.get(first)) is not None:
        return _of_fields(first, rest, fields)
    return _RULES.get(first, _anything)(first, rest, names, is_optional)


def _anything(*_: object) -> str:
    return ""  # 5


def _of_item(first: str, _: list[str], names: Names, __: bool) -> str:
    if names.loops:
        return ""
    return (
        f"{first!r} is a name of `for_each`, outside of it; if it is in the event's data, write `event.data.{first}`."
    )


def _of_loop(_: str, rest: list[str], names: Names, __: bool) -> str:
    if not names.loops:
        return _outside_loops("loop")
    if names.loops < 2:
        return "`loop` has only `parent`, a `for_each` around this one, and there is none; write `item` and `index`."
    if rest[:1] == ["parent"] and (len(rest) < 2 or rest[1] in OF_PARENT):
        return ""
    return "Of the `for_each` around this one there are `loop.parent.item` and `loop.parent.index`."


def _outside_loops(name: str) -> str:
    return f"{name!r} is a name inside `for_each` only; if it is in the event's data, write `event.data.{name}`."


def _of_action(_: str, rest: list[str], names: Names, is_optional: bool) -> str:
    if not rest or rest[0] not in names.actions:
        return _absent_action(rest[0] if rest else "", names)
    if len(rest) > 1 and rest[1] not in OF_ACTION:
        return f"An action has output, status and error; not {rest[1]!r}.{validation.did_you_mean(rest[1], OF_ACTION)}"
    return "" if is_optional else _of_output(rest, names.actions[rest[0]])


def _absent_action(key: str, names: Names) -> str:
    name = f"actions.{key}" if key else "actions"
    if why := names.why_not(key):
        return f"{name!r} cannot be read here: {why}."
    return f"There is no action before this one that {name!r} could mean.{validation.did_you_mean(key, names.actions)}"


def _of_output(rest: list[str], part: Part) -> str:
    if len(rest) < 3 or rest[1] != "output":
        return ""
    if part.get("for_each") is not None:
        what, fields = "an action with `for_each`", [*OF_FOR_EACH]
    else:
        found = outline.type_of(part)
        if found is None or found.output_model is None or found.output_model.model_config.get("extra") == "allow":
            return ""
        what, fields = str(part["type"]), [*found.output_model.model_fields]
    return "" if rest[2] in fields else f"The output of {what} has {', '.join(fields)}; not {rest[2]!r}."


def _of_workspace(first: str, rest: list[str], names: Names, is_optional: bool) -> str:
    have = names.known.secrets if first == "secrets" else names.known.variables
    if rest and (rest[0] in have or (is_optional and first == "vars")):
        return ""
    what = "secret" if first == "secrets" else "variable"
    name = rest[0] if rest else ""
    return f"The workspace has no {what} {name!r}.{validation.did_you_mean(name, have)}"


def _of_fixed(first: str, rest: list[str], _: Names, __: bool) -> str:
    return _of_fields(first, rest, FIXED[first])


def _of_fields(first: str, rest: list[str], fields: frozenset[str]) -> str:
    if not rest or not fields or rest[0] in fields:
        return ""
    return f"{first!r} has {', '.join(sorted(fields))}; not {rest[0]!r}."


_Rule = Callable[[str, list[str], Names, bool], str]
_RULES: dict[str, _Rule] = {
    "actions": _of_action,  # 1
    "secrets": _of_workspace,  # 2
    "vars": _of_workspace,
    **dict.fromkeys(FIXED, _of_fixed),  # 3
    **dict.fromkeys(("item", "index"), _of_item),  # 4
    "loop": _of_loop,
}
