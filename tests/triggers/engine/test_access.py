from typing import Any

import pytest
from hypothesis import given

from core.expressions import comparison, conditions
from tests.core.expressions.strategies import scalars
from triggers.engine import access
from triggers.engine.access import Begins, Equal, Place, Present, Within

A = Place(is_data=True, steps=("a",))


def cover(document: Any) -> access.Cover | None:
    return access.choose(conditions.compile(document).root, estimate=lambda _: 0)


def comparison_of(operator: str, value: Any, field: str = "a") -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


@given(scalars, scalars)
def test_equal_values_have_equal_keys(first: Any, second: Any) -> None:
    if comparison.equal(first, second).result:
        assert access.key_of(first) == access.key_of(second)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (comparison_of("eq", 5), (Equal(A, 5.0),)),
        (comparison_of("in", ["x", "y"]), (Equal(A, "x"), Equal(A, "y"))),
        (comparison_of("startswith", "x"), (Begins(A, "x"),)),
        (comparison_of("between", [1, 2]), (Within(A, 1, 2),)),
        (comparison_of("eq", [1]), (Present(A),)),
        (comparison_of("eq", "{{ b }}"), (Present(A),)),
        (comparison_of("gt", "2026-01-01"), (Present(A),)),
        (comparison_of("exists", True), (Present(A),)),
        (comparison_of("exists", False), None),
        (comparison_of("is_empty", False), (Present(A),)),
        (comparison_of("is_empty", True), None),
        ({"not": comparison_of("exists", False)}, (Present(A),)),
        ({"not": comparison_of("in", ["x"])}, (Present(A),)),
        ({"jsonlogic": {"==": [{"var": "a"}, 1]}}, None),
        ({"or": [comparison_of("eq", 5), {"jsonlogic": True}]}, None),
        ({"and": [comparison_of("eq", 5), {"jsonlogic": True}]}, (Equal(A, 5.0),)),
        ({"and": []}, None),
        ({"or": []}, None),
        (comparison_of("eq", 5, "time.hour"), (Equal(Place(is_data=False, steps=("time", "hour")), 5.0),)),
    ],
)
def test_a_condition_is_found_by(document: Any, expected: access.Cover | None) -> None:
    assert cover(document) == expected


def test_equality_is_the_better_guess_while_nothing_is_known() -> None:
    document = {"and": [comparison_of("matches", "x"), comparison_of("gte", 3), comparison_of("eq", 5, "b")]}

    assert cover(document) == (Equal(Place(is_data=True, steps=("b",)), 5.0),)


def test_a_cover_that_grows_too_large_is_none() -> None:
    document = {"or": [comparison_of("in", list(range(number, number + 400))) for number in (0, 1000, 2000)]}

    assert cover(document) is None
