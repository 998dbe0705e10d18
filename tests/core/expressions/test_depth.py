from typing import Any

import pytest

from core.expressions import depth


@pytest.mark.parametrize(
    ("value", "levels", "exceeds"),
    [(1, 0, False), ([], 0, False), ([1], 0, True), ([1], 1, False), ({"a": [1]}, 1, True), ({"a": [1]}, 2, False)],
)
def test_levels_are_counted(value: Any, levels: int, exceeds: bool) -> None:
    assert depth.exceeds(value, levels=levels) is exceeds


def test_a_value_too_deep_for_recursion_is_told() -> None:
    value: Any = 1
    for _ in range(100_000):
        value = [value]

    assert depth.exceeds(value, levels=64)
