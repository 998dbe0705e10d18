from datetime import UTC, datetime
from typing import Any

import pytest

from core.expressions import scope as scopes
from core.expressions.conditions import InvalidConditionError
from core.expressions.scope import Scope
from triggers.engine import matching

FILTERS = {"country": {"eq": "NL"}}
CONDITIONS = {"field": "score", "operator": "gte", "value": 80}


def scope(**data: Any) -> Scope:
    return scopes.build(now=datetime(2026, 1, 31, tzinfo=UTC), event={"data": data})


@pytest.mark.parametrize(
    ("filters", "conditions", "data", "result"),
    [
        ({}, None, {}, True),
        ({}, {}, {}, True),
        (FILTERS, None, {"country": "NL"}, True),
        (FILTERS, None, {"country": "BE"}, False),
        (FILTERS, None, {}, None),
        ({}, CONDITIONS, {"score": 80}, True),
        ({}, CONDITIONS, {"score": 79}, False),
        ({}, CONDITIONS, {"score": "high"}, None),
        (FILTERS, CONDITIONS, {"country": "NL", "score": 80}, True),
        (FILTERS, CONDITIONS, {"country": "NL", "score": 1}, False),
        (FILTERS, CONDITIONS, {"country": "BE", "score": 80}, False),
        (FILTERS, CONDITIONS, {"score": 80}, None),
        (FILTERS, CONDITIONS, {"country": "NL"}, None),
    ],
)
def test_filters_and_conditions_have_to_hold_together(
    filters: dict[str, Any], conditions: dict[str, Any] | None, data: dict[str, Any], result: bool | None
) -> None:
    rules = matching.compile_rules(filters, conditions)

    found = rules.evaluate(scope(**data))

    assert found.result is result
    assert found.holds is (result is True)


def test_filters_read_the_data_even_where_a_reserved_name_stands_in_the_way() -> None:
    rules = matching.compile_rules({"workflow": {"eq": "mine"}}, None)

    assert rules.evaluate(scope(workflow="mine")).holds


def test_deciding_stops_at_the_first_no_and_an_explanation_does_not() -> None:
    rules = matching.compile_rules(FILTERS, CONDITIONS)

    live = rules.evaluate(scope(country="BE", score=1))
    explained = rules.evaluate(scope(country="BE", score=1), explain=True)

    assert (len(live.children), len(explained.children)) == (1, 2)
    assert live.result is explained.result is False


def test_what_is_missing_is_said() -> None:
    rules = matching.compile_rules(FILTERS, None)

    found = rules.evaluate(scope())

    assert (found.operator, found.result, found.why) == ("and", None, "missing")


def test_evaluating_twice_gives_the_same() -> None:
    rules = matching.compile_rules(FILTERS, CONDITIONS)

    first, second = (rules.evaluate(scope(country="NL", score=90), explain=True) for _ in range(2))

    assert first == second


@pytest.mark.parametrize(
    ("filters", "conditions"),
    [
        ({"a": {"resembles": 1}}, None),
        ({}, {"field": "a", "operator": "resembles", "value": 1}),
        ({}, {"field": "a..b"}),
    ],
)
def test_rules_that_no_check_would_pass_are_refused(filters: dict[str, Any], conditions: dict[str, Any] | None) -> None:
    with pytest.raises(InvalidConditionError):
        matching.compile_rules(filters, conditions)
