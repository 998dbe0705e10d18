"""`decide` and stored conditions are the fast ways to what `evaluate` and `compile` give."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from core.expressions import conditions, scope
from core.expressions.conditions import InvalidConditionError
from tests.triggers.engine import strategies

NOW = datetime(2026, 1, 1, 5, tzinfo=UTC)


@given(strategies.conditions, strategies.data)
def test_deciding_and_evaluating_agree(document: Any, data: dict[str, Any]) -> None:
    condition = conditions.compile(document)
    names = scope.build(now=NOW, event={"data": data, "subject": "NL"}, workspace={"plan": "gold"})

    assert condition.decide(names) is condition.evaluate(names).result
    assert condition.decide(names) is condition.evaluate(names, explain=True).result


@given(strategies.conditions, strategies.data)
def test_a_stored_condition_decides_as_the_one_that_was_checked(document: Any, data: dict[str, Any]) -> None:
    names = scope.build(now=NOW, event={"data": data})
    checked = conditions.compile(document)

    assert conditions.compile_stored(checked.document).decide(names) is checked.decide(names)


@given(strategies.filters, strategies.data)
def test_stored_filters_decide_as_those_that_were_checked(document: Any, data: dict[str, Any]) -> None:
    names = scope.build(now=NOW, event={"data": data})
    checked = conditions.compile_filters(document)

    assert conditions.compile_stored_filters(checked.document).decide(names) is checked.decide(names)


@pytest.mark.parametrize(
    "document",
    [{"field": "a", "operator": "resembles", "value": 1}, {"field": "a", "operator": "eq"}, {"nonsense": 1}, 5, None],
)
def test_a_stored_condition_that_cannot_be_read_says_so(document: Any) -> None:
    with pytest.raises(InvalidConditionError, match="cannot be read"):
        conditions.compile_stored(document)


def test_the_leaves_are_those_of_the_document_in_its_order() -> None:
    document = [
        {"field": "a", "operator": "eq", "value": 1},
        {"or": [{"field": "b", "operator": "eq", "value": 1}, {"not": {"field": "c", "operator": "eq", "value": 1}}]},
        {"jsonlogic": {"==": [{"var": "a"}, 1]}},
    ]
    names = scope.build(now=NOW, event={"data": {"a": 1, "b": 2}})

    assert conditions.compile(document).evaluate(names, explain=True).leaves == "10?1"
