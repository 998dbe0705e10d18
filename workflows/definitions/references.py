"""Which names a template may read, as far as that is known before anything runs.

1. `actions.<id>`: an earlier action, its `output`, `status` or `error`; of the output, the fields its type declares.
2. `secrets.<name>`, `vars.<name>`: what the workspace has.
3. `event`, `run`, `workflow`, `trigger`, `time`: their fixed names.
4. `item`, `index`, `loop`: the names of loops, which this release does not have.
5. Everything else is data of the event or settings of the workspace, and known only when it runs.

Conditions are decided before there is a run: they see the event, the workspace, its variables and the clock.
What stands behind `| default(...)` may be absent, but for actions that do not exist at all.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from actions.registry import action_types
from core import pointers, validation
from core.errors import Problem
from core.expressions import paths, templates
from core.expressions.paths import InvalidPathError

FIXED: dict[str, frozenset[str]] = {
    "event": frozenset({"id", "uid", "type", "source", "subject", "time", "data"}),
    "run": frozenset({"id", "created_at", "variables"}),
    "workflow": frozenset({"id", "name", "slug", "version"}),
    "trigger": frozenset({"id", "type"}),
    "time": frozenset({"hour", "minute", "weekday", "date"}),
}
FOR_SECRETS = frozenset({"default", "escape", "json", "string", "trim", "urlencode"})  # forms that redaction knows
OF_ACTION = frozenset({"output", "status", "error"})
ONLY_IN_RUNS = frozenset({"actions", "run", "workflow", "trigger"})


@dataclass(frozen=True, slots=True)
class Known:
    """What the workspace has that templates may name."""

    secrets: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()


def check(params: Mapping[str, Any], *, path: str, known: Known, earlier: Mapping[str, str]) -> Iterator[Problem]:
    """Every name in the templates of `params` that cannot exist. `earlier`: types of the actions before, by id."""
    for reference in templates.references_in(params, path=path):
        first, *rest = [str(step) for step in reference.path.steps]
        if message := _RULES.get(first, _anything)(first, rest, known, earlier, reference.is_optional):
            yield Problem(reference.pointer, "unknown_path", message)
        elif first == "secrets" and (changing := sorted(reference.filters - FOR_SECRETS)):
            message = f"A secret cannot go through {', '.join(changing)}: what comes out could not be hidden."
            yield Problem(reference.pointer, "secret_not_allowed", message)


def check_conditions(document: Any, *, path: str, known: Known) -> Iterator[Problem]:
    """Every name in a condition, its fields and the templates of its values, that cannot exist."""
    if isinstance(document, list):
        for index, inner in enumerate(document):
            yield from check_conditions(inner, path=pointers.join(path, index), known=known)
    elif isinstance(document, dict):
        for name in ("and", "or", "not"):
            yield from check_conditions(document.get(name), path=pointers.join(path, name), known=known)
        for where, steps, is_optional in _named(document, path=path):
            if message := _wrong_in_condition(steps, known, is_optional=is_optional):
                yield Problem(where, "unknown_path", message)


def _named(comparison: Mapping[str, Any], *, path: str) -> Iterator[tuple[str, list[str], bool]]:
    """The paths that a comparison reads, each with its place and whether it may be absent."""
    field = comparison.get("field")
    if isinstance(field, str):
        with suppress(InvalidPathError):  # the condition's own check says so
            may_be_absent = comparison.get("operator") in {"exists", "is_empty"}
            yield f"{path}/field", [str(step) for step in paths.parse(field).steps], may_be_absent
    for reference in templates.references_in(comparison.get("value"), path=f"{path}/value"):
        yield reference.pointer, [str(step) for step in reference.path.steps], reference.is_optional


def _wrong_in_condition(steps: list[str], known: Known, *, is_optional: bool) -> str:
    first, *rest = steps
    if first in ONLY_IN_RUNS:
        return f"{first!r} belongs to a run, and conditions decide whether there is one."
    return _RULES.get(first, _anything)(first, rest, known, {}, is_optional)


def _anything(*_: object) -> str:
    return ""  # 5


def _of_loop(first: str, *_: object) -> str:
    return f"{first!r} is a name of loops; if it is in the event's data, write `event.data.{first}`."


def _of_action(_: str, rest: list[str], __: Known, earlier: Mapping[str, str], is_optional: bool) -> str:
    if not rest or rest[0] not in earlier:
        name = f"actions.{rest[0]}" if rest else "actions"
        guess = validation.did_you_mean(rest[0], earlier) if rest else ""
        return f"There is no action before this one that {name!r} could mean.{guess}"
    if len(rest) > 1 and rest[1] not in OF_ACTION:
        return f"An action has output, status and error; not {rest[1]!r}.{validation.did_you_mean(rest[1], OF_ACTION)}"
    return "" if is_optional else _of_output(rest, action_type=earlier[rest[0]])


def _of_output(rest: list[str], *, action_type: str) -> str:
    found = action_types.find(action_type)
    if len(rest) < 3 or rest[1] != "output" or found is None or found.output_model is None:
        return ""
    fields = found.output_model.model_fields
    if rest[2] in fields or found.output_model.model_config.get("extra") == "allow":
        return ""
    return f"The output of {action_type} has {', '.join(fields)}; not {rest[2]!r}."


def _of_workspace(first: str, rest: list[str], known: Known, _: Mapping[str, str], is_optional: bool) -> str:
    have = known.secrets if first == "secrets" else known.variables
    if rest and (rest[0] in have or (is_optional and first == "vars")):
        return ""
    what = "secret" if first == "secrets" else "variable"
    name = rest[0] if rest else ""
    return f"The workspace has no {what} {name!r}.{validation.did_you_mean(name, have)}"


def _of_fixed(first: str, rest: list[str], _: Known, __: Mapping[str, str], ___: bool) -> str:
    if not rest or rest[0] in FIXED[first]:
        return ""
    return f"{first!r} has {', '.join(sorted(FIXED[first]))}; not {rest[0]!r}."


_Rule = Callable[[str, list[str], Known, Mapping[str, str], bool], str]
_RULES: dict[str, _Rule] = {
    "actions": _of_action,  # 1
    "secrets": _of_workspace,  # 2
    "vars": _of_workspace,
    **dict.fromkeys(FIXED, _of_fixed),  # 3
    **dict.fromkeys(("item", "index", "loop"), _of_loop),  # 4
}
