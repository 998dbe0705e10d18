"""Equality and order of two JSON values, with three answers.

1. A number and a string that is wholly a JSON number compare as numbers; booleans are not numbers.
2. Two strings compare as instants when both are ISO 8601 dates, else by code point.
3. A null in the condition asks whether the value is null, and that can always be told.
4. Everything else of unequal type is "could not tell".
"""

from collections.abc import Callable
from typing import Any

from core.expressions import depth, instants, numbers
from core.expressions.verdicts import Verdict, could_not_tell, told

MAX_DEPTH = 64

_TYPES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "list",
    tuple: "list",
    dict: "object",
}


def type_of(value: Any) -> str:
    """The word for a value's JSON type."""
    return _TYPES.get(type(value), type(value).__name__)


def equal(actual: Any, expected: Any) -> Verdict:
    """Whether the two are the same value."""
    if expected is None:
        return told(actual is None)
    if type(actual) is str and type(expected) is str and not (_may_be_date(actual) and _may_be_date(expected)):
        return told(actual == expected)
    pair = _comparable(actual, expected)
    if pair is None:
        return mismatch(actual, expected)
    if depth.exceeds(pair[0], levels=MAX_DEPTH) or depth.exceeds(pair[1], levels=MAX_DEPTH):
        return could_not_tell(f"nested more than {MAX_DEPTH} levels deep")
    return told(_same(*pair))


def ordered(actual: Any, expected: Any, *, holds: Callable[[Any, Any], bool]) -> Verdict:
    """Whether `holds` (such as `operator.lt`) of the two; only numbers, strings and dates have an order."""
    pair = _comparable(actual, expected)
    if pair is None:
        return mismatch(actual, expected)
    if type_of(actual) in {"number", "string"}:
        return told(holds(*pair))
    return could_not_tell(f"type mismatch: {type_of(actual)} has no order")


def mismatch(actual: Any, expected: Any) -> Verdict:
    """The verdict on two values whose types do not meet."""
    return could_not_tell(f"type mismatch: {type_of(actual)} compared with {type_of(expected)}")


def _may_be_date(text: str) -> bool:
    """Cheap to ask, and no for most text."""
    return text[4:5] == "-" and text[:1].isdigit()


def _comparable(actual: Any, expected: Any) -> tuple[Any, Any] | None:
    """The two brought to one type, or None when there is none."""
    types = {type_of(actual), type_of(expected)}
    if types == {"string"}:
        return _both(instants.parse(actual), instants.parse(expected), then=instants.as_instant) or (actual, expected)
    if types == {"number", "string"}:
        return _both(numbers.parse(actual), numbers.parse(expected))
    return (actual, expected) if len(types) == 1 else None


def _both(first: Any, second: Any, *, then: Callable[[Any], Any] = lambda value: value) -> tuple[Any, Any] | None:
    return None if first is None or second is None else (then(first), then(second))


def _same(first: Any, second: Any) -> bool:
    """Equality inside lists and objects: as JSON has it, so that true is not 1 and "1" is not 1."""
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(_same(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return len(first) == len(second) and all(map(_same, first, second))
    return type_of(first) == type_of(second) and bool(first == second)
