from datetime import UTC, datetime
from typing import Any

import pytest

from core.expressions import scope as scopes
from core.expressions.scope import Scope
from triggers.engine import matching, patterns
from triggers.engine.covering import Part, any_of, covering


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (["order.paid", "order.paid"], "order.paid"),
        (["order.*", "order.*"], "order.*"),
        (["order.created", "order.paid"], "order.**"),
        (["shop.order.created", "shop.order.line.added"], "shop.order.**"),
        (["order", "order.paid"], "**"),  # `order.**` does not mean `order`
        (["order.created", "lead.created"], "**"),
        (["order.**", "order.paid"], "order.**"),
        (["shop.*.paid", "shop.*.made"], "shop.**"),
        (["**", "order.paid"], "**"),
        (["a.b", "a.c", "a.d.e"], "a.**"),
    ],
)
def test_the_pattern_that_covers_all(types: list[str], expected: str) -> None:
    assert covering(types) == covering(types[::-1]) == expected
    assert patterns.is_pattern(expected)
    named = [each for each in types if patterns.is_name(each)]
    assert all(patterns.matches(expected, each) for each in named)


def scope(type_: str, **data: Any) -> Scope:
    return scopes.build(now=datetime(2026, 1, 5, tzinfo=UTC), event={"type": type_, "data": data})


def test_an_event_is_told_by_its_type_and_its_filters() -> None:
    paid = Part.of("order.paid", {"total": {"gte": 10}, "event": "x"})
    any_lead = Part.of("lead.*", {})
    conditions = any_of([paid, any_lead])
    asked = [
        scope("order.paid", total=10, event="x"),
        scope("order.paid", total=9, event="x"),
        scope("order.paid", total=10),
        scope("lead.made"),
        scope("lead.made.twice"),
        scope("lead"),
    ]

    root = matching.compile_rules({}, conditions).root

    assert [paid.holds(each) for each in asked] == [True, False, False, False, False, False]
    assert [any_lead.holds(each) for each in asked] == [False, False, False, True, False, False]
    assert [root.decide(each) is True for each in asked] == [True, False, False, True, False, False]


def test_where_any_event_will_do_there_are_no_conditions() -> None:
    assert any_of([Part.of("order.paid", {}), Part.of("**", {})]) is None
    assert Part.of("**", {}).holds(scope("a"))


def test_the_same_filters_are_the_same_part() -> None:
    assert Part.of("a", {"n": 1, "m": 2}) == Part.of("a", {"m": {"eq": 2}, "n": {"eq": 1}})
