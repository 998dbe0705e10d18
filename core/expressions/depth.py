"""How deep a value is nested, told without recursion, so that no value can exhaust the stack."""

from typing import Any


def exceeds(value: Any, *, levels: int) -> bool:
    """Whether something stands in more than `levels` lists and objects: `[[1]]` exceeds 1 level, and not 2."""
    inside = [value]
    for _ in range(levels + 1):
        inside = [inner for outer in inside for inner in _children(outer)]
        if not inside:
            return False
    return True


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []
