"""The checks of literal values that several operators share. Each answers what is wrong, to follow "the value"."""

from typing import Any

from core.expressions import comparison


def check_orderable(value: Any) -> str | None:
    """Numbers, strings and dates (which are strings) have an order."""
    return _must_be(value, {"number", "string"}, "a number, a date or a string")


def check_string(value: Any) -> str | None:
    """Only a string will do."""
    return _must_be(value, {"string"}, "a string")


def check_boolean(value: Any) -> str | None:
    """Only true or false will do."""
    return _must_be(value, {"boolean"}, "true or false")


def check_list(value: Any) -> str | None:
    """Only a list will do."""
    return _must_be(value, {"list"}, "a list")


def _must_be(value: Any, types: set[str], words: str) -> str | None:
    actual = comparison.type_of(value)
    return None if actual in types else f"must be {words}, not {actual}"
