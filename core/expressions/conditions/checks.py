"""Every problem of a condition or of filters, each with the place where it stands."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from core import pointers
from core.errors import Problem
from core.expressions import depth as depths
from core.expressions import jsonlogic
from core.expressions.conditions import comparisons, shape
from core.expressions.operators import OPERATORS, suggest
from core.expressions.suggestions import did_you_mean

MAX_DEPTH = shape.MAX_DEPTH
MAX_NODES = 500
MAX_CHARACTERS = 64 * 1024
_MAX_VALUE_DEPTH = MAX_DEPTH * 4  # each level of conditions is two of JSON, and a value may be nested as well

_ALWAYS = frozenset({"title", "note"})
_COMPARISON_KEYS = frozenset({"field", "operator", "value"}) | _ALWAYS
_HOW = 'write {"field", "operator", "value"}, {"and": [...]}, {"or": [...]}, {"not": {...}} or {"jsonlogic": {...}}'


def check(document: Any, *, path: str) -> list[Problem]:
    """Every problem of a condition in any of its shapes, with JSON pointers that begin with `path`."""
    return _bounded(document, path=path) or list(_condition(document, at=path, depth=0))


def check_filters(document: Any, *, path: str) -> list[Problem]:
    """Every problem of a trigger's filters, with JSON pointers that begin with `path`."""
    return _bounded(document, path=path) or list(_filters(document, at=path))


def _bounded(document: Any, *, path: str) -> list[Problem]:
    if depths.exceeds(document, levels=_MAX_VALUE_DEPTH):
        return [_too_deep(path)]
    if len(json.dumps(document)) > MAX_CHARACTERS:
        return [Problem(path, "too_large", f"The condition has more than {MAX_CHARACTERS:,} characters.")]
    count = sum(1 for _ in _nodes(document))
    if count > MAX_NODES:
        return [Problem(path, "too_large", f"The condition has {count:,} parts; at most {MAX_NODES} are accepted.")]
    return []


def _nodes(document: Any) -> Iterator[Any]:
    """The conditions within a condition, itself included."""
    waiting = [document]
    while waiting:
        each = waiting.pop()
        yield each
        inner = [each.get(kind) for kind in ("and", "or", "not")] if isinstance(each, dict) else [each]
        waiting += [member for members in inner if isinstance(members, list) for member in members]
        waiting += [member for member in inner if isinstance(member, dict) and member is not each]


def _condition(document: Any, *, at: str, depth: int) -> Iterator[Problem]:
    if depth > MAX_DEPTH:
        yield _too_deep(at)
    elif isinstance(document, list):
        yield from _members(document, at=at, depth=depth)
    elif not isinstance(document, dict):
        yield Problem(at, "not_a_condition", f"This is not a condition; {_HOW}.")
    elif (kind := shape.kind_of(document)) is None:
        yield Problem(at, "not_a_condition", _which(document))
    else:
        yield from _unknown_keys(document, known=_COMPARISON_KEYS if kind == "field" else _ALWAYS | {kind}, at=at)
        yield from _CHECKS[kind](document, at, depth)


def _which(document: dict[str, Any]) -> str:
    found = [kind for kind in shape.KINDS if kind in document]
    if found:
        return f"`{'` and `'.join(found)}` stand in one map; put them into a list under `and` or `or`."
    if "operator" in document or "value" in document:
        return "`field` is missing: name the path that is compared, such as `lead.score`."
    return f"This is not a condition; {_HOW}."


def _unknown_keys(document: dict[str, Any], *, known: frozenset[str], at: str) -> Iterator[Problem]:
    for key in document.keys() - known:
        hint = did_you_mean(str(key), known)
        yield Problem(pointers.join(at, key), "unknown_key", f"A condition has no `{key}`{hint or ' here.'}")


def _group(kind: str) -> Callable[[dict[str, Any], str, int], Iterator[Problem]]:
    def check_group(document: dict[str, Any], at: str, depth: int) -> Iterator[Problem]:
        members, place = document[kind], pointers.join(at, kind)
        if isinstance(members, list):
            yield from _members(members, at=place, depth=depth)
        else:
            yield from _condition(members, at=place, depth=depth + 1)

    return check_group


def _members(members: list[Any], *, at: str, depth: int) -> Iterator[Problem]:
    for index, member in enumerate(members):
        yield from _condition(member, at=pointers.join(at, index), depth=depth + 1)


def _negation(document: dict[str, Any], at: str, depth: int) -> Iterator[Problem]:
    yield from _condition(document["not"], at=pointers.join(at, "not"), depth=depth + 1)


def _rule(document: dict[str, Any], at: str, _depth: int) -> Iterator[Problem]:
    yield from jsonlogic.check(document["jsonlogic"], path=pointers.join(at, "jsonlogic"))


def _comparison(document: dict[str, Any], at: str, _depth: int) -> Iterator[Problem]:
    yield from comparisons.check_field(document["field"], at=pointers.join(at, "field"))
    if "operator" not in document:
        yield Problem(at, "missing_operator", f"`operator` is missing; there are {', '.join(OPERATORS.keys())}.")
        return
    yield from comparisons.check_operator(document["operator"], at=pointers.join(at, "operator"))
    yield from comparisons.check_value(document, at=at)


def _filters(document: Any, *, at: str) -> Iterator[Problem]:
    if not isinstance(document, dict):
        yield Problem(at, "not_a_condition", "Filters are a map of paths, such as `{country: NL, score: {gte: 80}}`.")
        return
    for field, wanted in shape.normalise_filters(document).items():
        place = pointers.join(at, field)
        yield from comparisons.check_field(field, at=place)
        if not wanted:
            yield Problem(place, "missing_operator", "The map is empty; write for example `{gte: 80}`.")
        for name, value in wanted.items():
            inner = pointers.join(place, name) if isinstance(document[field], dict) else place
            yield from _filter(field, name, value, at=inner)


def _filter(field: str, name: str, value: Any, *, at: str) -> Iterator[Problem]:
    if name not in OPERATORS and suggest(name) is None:
        message = f"There is no operator `{name}`; if it is a part of the data, write the path out: `{field}.{name}`."
        yield Problem(at, "unknown_operator", message)
        return
    yield from comparisons.check_operator(name, at=at)
    for problem in comparisons.check_value({"operator": name, "value": value}, at=""):
        yield Problem(at + problem.path.removeprefix("/value"), problem.code, problem.message)


def _too_deep(at: str) -> Problem:
    return Problem(at, "too_deep", f"The condition is nested more than {MAX_DEPTH} levels deep.")


_CHECKS: dict[str, Callable[[dict[str, Any], str, int], Iterator[Problem]]] = {
    "field": _comparison,
    "and": _group("and"),
    "or": _group("or"),
    "not": _negation,
    "jsonlogic": _rule,
}
