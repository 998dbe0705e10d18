from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from core.expressions import conditions, scope
from core.expressions.conditions import remedies
from core.expressions.scope import Scope
from tests.triggers.engine import strategies

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def names(**data: Any) -> Scope:
    return scope.build(now=NOW, event={"data": data}, workspace={"plan": "free"})


def eq(field: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": "eq", "value": value}


def changes(document: Any, **data: Any) -> list[tuple[str, Any]] | None:
    found = remedies.find(conditions.compile(document).root, names(**data))
    return None if found is None else [(each.comparison.field, each.to_json().get("to", "removed")) for each in found]


def test_what_holds_needs_no_change() -> None:
    assert changes(eq("a", 1), a=1) == []


@pytest.mark.parametrize(
    ("operator", "value", "actual", "to"),
    [
        ("eq", "NL", "DE", "NL"),
        ("ne", 5, 5, 6),
        ("gt", 5, 3, 6),
        ("gte", 80, 79, 80),
        ("lt", 5, 9, 4),
        ("gt", "2026-01-31", "2026-01-01", "2026-02-01"),
        ("between", [9, 17], 18, 9),
        ("in", ["a", "b"], "c", "a"),
        ("contains", "x", ["y"], ["y", "x"]),
        ("contains", "x", "y", "yx"),
        ("startswith", "ab", "c", "ab"),
        ("exists", False, 1, "removed"),
        ("is_empty", True, "x", None),
    ],
)
def test_one_value_would_do(operator: str, value: Any, actual: Any, to: Any) -> None:
    assert changes({"field": "a", "operator": operator, "value": value}, a=actual) == [("a", to)]


def test_all_members_of_an_and_and_the_cheapest_of_an_or_are_changed() -> None:
    document = [eq("a", 1), {"or": [{"and": [eq("b", 1), eq("c", 1)]}, eq("d.e", 2)]}]

    assert changes(document, b=5) == [("a", 1), ("d.e", 2)]


def test_what_the_event_holds_is_changed_before_its_type() -> None:
    signup, paid = eq("event.type", "signup"), eq("event.type", "order.paid")
    condition = conditions.compile({"or": [signup, {"and": [paid, eq("total", 1), eq("new", True)]}]})
    data = {"total": 2, "new": False}

    found = remedies.find(condition.root, scope.build(now=NOW, event={"type": "order.paid", "data": data}))

    assert [(each.comparison.field, each.to) for each in found or []] == [("total", 1), ("new", True)]


def test_a_field_that_is_compared_twice_gets_one_value_for_both() -> None:
    document = [{"field": "n", "operator": "gt", "value": 5}, {"field": "n", "operator": "lt", "value": 100}]

    assert changes(document, n=200) == [("n", 99)]
    assert changes(document, n=1) == [("n", 6)]


def test_what_must_not_hold_is_changed_to_something_else() -> None:
    assert changes({"not": {"or": [eq("a", 1), eq("b", "x")]}}, a=1, b="x") == [("a", 2), ("b", "something")]


def test_names_that_are_no_event_data_can_be_what_is_wrong() -> None:
    assert changes(eq("workspace.plan", "gold")) == [("workspace.plan", "gold")]


@pytest.mark.parametrize("document", [{"jsonlogic": {"==": [{"var": "a"}, 1]}}, [eq("a", 1), eq("a", 2)], {"or": []}])
def test_what_cannot_be_said_is_not_said(document: Any) -> None:
    assert changes(document, a=5) is None


@given(strategies.conditions, strategies.data)
def test_whatever_is_proposed_makes_it_hold(document: Any, data: dict[str, Any]) -> None:
    root, now = conditions.compile(document).root, names(**data)

    found = remedies.find(root, now)

    if found is not None:
        assert root.decide(remedies._changed(now, found)) is True
        assert (found == []) is (root.decide(now) is True)


def test_a_list_is_made_longer_by_little_only() -> None:
    assert changes(eq("l[2]", 1), l=[0]) == [("l[2]", 1)]
    assert changes(eq("l[9000000000000000000000]", 1), l=[0]) is None
