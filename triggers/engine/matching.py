"""The predicates of a trigger as one condition: its filters over the event's data, its conditions over all names."""

from collections.abc import Mapping
from typing import Any

from core.expressions import conditions
from core.expressions.conditions import Condition

MAX_SECONDS = 0.5  # for the templates of one trigger, or of one who waits


def compile_rules(filters: Mapping[str, Any], conditions_: Mapping[str, Any] | None) -> Condition:
    """What must hold for the trigger to fire. Raises `InvalidConditionError` for what no check let pass."""
    parts = []
    if filters:
        parts.append(conditions.compile_filters(dict(filters)))
    if conditions_:
        parts.append(conditions.compile(dict(conditions_)))
    return conditions.all_of(*parts)
