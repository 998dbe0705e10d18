"""The predicates of a trigger: its filters over the event's data, its conditions over all names, joined by and."""

from collections.abc import Mapping
from typing import Any

from core.expressions import conditions
from core.expressions.conditions import Condition


def compile_rules(filters: Mapping[str, Any], conditions_: Mapping[str, Any] | None) -> Condition:
    """What must hold for the trigger to fire, from the canonical documents that were checked when it was published.

    Raises `InvalidConditionError` when they cannot be read all the same: an operator was taken away since.
    """
    parts = []
    if filters:
        parts.append(conditions.compile_stored_filters(dict(filters)))
    if conditions_:
        parts.append(conditions.compile_stored(dict(conditions_)))
    return conditions.all_of(*parts)
