"""Values for which a comparison would come out as it is wanted, to be tried out: guesses, none of them certain."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from core.expressions import instants, numbers
from core.expressions.paths import MISSING

SOMETHING = "something"


def samples(operator: str, expected: Any, actual: Any, *, wanted: bool) -> list[Any]:
    """Some values, the likeliest first; none when nothing can be said, as of patterns of text."""
    name = operator if wanted else _OPPOSITES.get(operator, "")
    return _SAMPLES[name](expected, actual) if name in _SAMPLES else []


def _equal(expected: Any, _actual: Any) -> list[Any]:
    return [expected]


def _other(expected: Any, _actual: Any) -> list[Any]:
    return _beside(expected, 1) + ([not expected] if isinstance(expected, bool) else [SOMETHING, f"not {expected}"])


def _above(expected: Any, _actual: Any) -> list[Any]:
    return _beside(expected, 1) or [f"{expected}a"]


def _below(expected: Any, _actual: Any) -> list[Any]:
    return _beside(expected, -1) or [""]


def _within(expected: Any, _actual: Any) -> list[Any]:
    return list(expected) if isinstance(expected, list) else []


def _outside(expected: Any, _actual: Any) -> list[Any]:
    bounds = expected if isinstance(expected, list) and len(expected) == 2 else []
    return [*_beside(bounds[1], 1), *_beside(bounds[0], -1)] if bounds else []


def _one_of(expected: Any, _actual: Any) -> list[Any]:
    return list(expected) if isinstance(expected, list) else []


def _none_of(expected: Any, _actual: Any) -> list[Any]:
    found = [other for each in _one_of(expected, None) for other in _beside(each, 1)]
    return [*found, SOMETHING, "something else"]


def _containing(expected: Any, actual: Any) -> list[Any]:
    if isinstance(actual, list):
        return [[*actual, expected]]
    return [f"{actual}{expected}" if isinstance(actual, str) else expected, [expected]]


def _not_containing(expected: Any, actual: Any) -> list[Any]:
    if isinstance(actual, list):
        return [[each for each in actual if each != expected], []]
    return [actual.replace(expected, "")] if isinstance(actual, str) and isinstance(expected, str) else ["", []]


def _beginning(expected: Any, _actual: Any) -> list[Any]:
    return [expected]


def _there(expected: Any, _actual: Any) -> list[Any]:
    return [SOMETHING] if expected else [MISSING]


def _empty(expected: Any, _actual: Any) -> list[Any]:
    return [None] if expected else [SOMETHING]


def _beside(value: Any, step: int) -> list[Any]:
    """The next number or day in a direction; nothing for other values."""
    if isinstance(value, bool):
        return []
    if isinstance(value, str) and (moment := instants.parse(value)) is not None:
        try:
            return [instants.write(moment + timedelta(days=step))]
        except OverflowError:
            return []
    number = numbers.parse(value)
    return [] if number is None else [number + step]


_SAMPLES: dict[str, Callable[[Any, Any], list[Any]]] = {
    "eq": _equal, "ne": _other, "gt": _above, "gte": _equal, "lt": _below, "lte": _equal, "between": _within,
    "not between": _outside, "in": _one_of, "not_in": _none_of, "contains": _containing,
    "not_contains": _not_containing, "startswith": _beginning, "endswith": _beginning, "not startswith": _other,
    "exists": _there, "not exists": lambda expected, actual: _there(not expected, actual),
    "is_empty": _empty, "not is_empty": lambda expected, actual: _empty(not expected, actual),
}  # fmt: skip
_OPPOSITES = {
    "eq": "ne", "ne": "eq", "gt": "lte", "gte": "lt", "lt": "gte", "lte": "gt", "between": "not between",
    "in": "not_in", "not_in": "in", "contains": "not_contains", "not_contains": "contains",
    "startswith": "not startswith", "endswith": "not startswith", "exists": "not exists", "is_empty": "not is_empty",
}  # fmt: skip
