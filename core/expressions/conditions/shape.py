"""The shapes a condition may be written in, and the one canonical shape that is stored.

What is not understood is left as it stands, so that a draft with mistakes can be saved; checks.py reports them.
"""

from collections.abc import Callable
from typing import Any

from core.expressions.operators import OPERATORS, REQUIRED

MAX_DEPTH = 32
KINDS = ("field", "and", "or", "not", "jsonlogic")


def normalise(document: Any) -> Any:
    """The canonical form; canonical already, it comes back equal.

    **Shape**: {"field", "operator", "value"} | {"and": [...]} | {"or": [...]} | {"not": {...}} | {"jsonlogic": rule};
    a list becomes an `and`, `exists` and `is_empty` get their value. `title` and `note` stay.
    """
    return _normalise(document, depth=0)


def normalise_filters(document: Any) -> Any:
    """The canonical form of a trigger's filters: {path: {operator: value, ...}}, where a plain value meant `eq`."""
    if not isinstance(document, dict):
        return document
    return {path: dict(wanted) if isinstance(wanted, dict) else {"eq": wanted} for path, wanted in document.items()}


def kind_of(document: dict[str, Any]) -> str | None:
    """Which of the kinds the map is, None when it is none or several."""
    found = [kind for kind in KINDS if kind in document]
    return found[0] if len(found) == 1 else None


def filters_as_condition(document: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Canonical filters as a canonical condition."""
    return {
        "and": [
            {"field": path, "operator": operator, "value": value}
            for path, wanted in document.items()
            for operator, value in wanted.items()
        ]
    }


def _normalise(document: Any, *, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return document
    if isinstance(document, list):
        return {"and": [_normalise(each, depth=depth + 1) for each in document]}
    if not isinstance(document, dict):
        return document
    kind = kind_of(document)
    return _NORMALISERS[kind](document, depth) if kind in _NORMALISERS else dict(document)


def _group(kind: str) -> Callable[[dict[str, Any], int], dict[str, Any]]:
    def normalise_group(document: dict[str, Any], depth: int) -> dict[str, Any]:
        members = document[kind] if isinstance(document[kind], list) else [document[kind]]
        return {**document, kind: [_normalise(each, depth=depth + 1) for each in members]}

    return normalise_group


def _negation(document: dict[str, Any], depth: int) -> dict[str, Any]:
    return {**document, "not": _normalise(document["not"], depth=depth + 1)}


def _comparison(document: dict[str, Any], _depth: int) -> dict[str, Any]:
    operator = OPERATORS.find(document["operator"]) if isinstance(document.get("operator"), str) else None
    if operator is None or operator.default is REQUIRED or "value" in document:
        return dict(document)
    return {**document, "value": operator.default}


_NORMALISERS: dict[str | None, Callable[[dict[str, Any], int], dict[str, Any]]] = {
    "field": _comparison,
    "and": _group("and"),
    "or": _group("or"),
    "not": _negation,
}
