from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.expressions import conditions
from core.expressions.scope import Scope
from triggers.engine import keys

SCALARS = st.one_of(
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.0, -0.0, 1.0, 1.5, 2**53, 2**53 + 1, float(2**53), 10**400]),
    st.sampled_from(["", "0", "-0", "1", "1.0", "1.00", "1e0", "1e400", "true", "x", "é", "\x00", "9007199254740993"]),
    st.sampled_from(["2026-03-10", "2026-03-10T00:00Z", "2026-03-10T01:00+01:00", "2026-03-10 00:00:00.0Z"]),
)
STEPS = st.sampled_from(["a", "b", "0", "1", "x y", "workflow", "\x00"])
DATA = st.dictionaries(
    STEPS,
    st.recursive(
        SCALARS | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STEPS, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)


def eq(field: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": "eq", "value": value}


def finds(condition: dict[str, Any], data: dict[str, Any]) -> bool:
    """Whether an event with this data is shown to who waits with the condition."""
    known = keys.of_data(data)
    return known is None or keys.of_condition(condition) in {keys.NONE, *known}


@given(DATA, st.sampled_from(["a", "a.b", "a.0", "a[1].a", '["x y"]', "event.data.workflow", "event.data.0"]), SCALARS)
@example({"a": 10**400}, "a", 10**400)
@example({"a": [{"0": "1"}]}, "a.0.0", 1)
def test_whatever_meets_a_condition_has_its_key(data: dict[str, Any], field: str, value: Any) -> None:
    scope = Scope(names={"event": {"data": data}}, fallback=data)
    condition = {"and": [{"or": []}, {"and": [eq(field, value)]}]} if value == 1 else eq(field, value)

    if conditions.compile(eq(field, value)).evaluate(scope).holds:
        assert finds(condition, data)


@pytest.mark.parametrize(
    ("data", "is_found"),
    [
        ({"invoice": {"id": 7}}, True),
        ({"invoice": {"id": "7.0"}}, True),
        ({"invoice": {"id": 8}}, False),
        ({"invoice": {"no": 7}}, False),
        ({"id": 7}, False),
        ({"invoice.id": 7}, False),
        ({}, False),
    ],
)
def test_an_event_with_another_value_is_not_shown(data: dict[str, Any], is_found: bool) -> None:
    condition = {"and": [eq("event.type", "x"), {"and": [eq("event.data.invoice.id", 7)]}]}

    assert finds(condition, data) is is_found


def test_the_two_ways_to_write_a_path_have_one_key() -> None:
    assert keys.of_condition(eq("invoice.id", 7)) == keys.of_condition(eq("event.data.invoice.id", "7")) != keys.NONE


@pytest.mark.parametrize(
    "condition",
    [
        None,
        {"and": []},
        eq("a", None),
        eq("a", [1]),
        eq("a", {"b": 1}),
        eq("a", "{{ '{{' }}"),
        eq("event.type", "lead.created"),
        eq("event.data", "x"),
        {"field": "a", "operator": "gt", "value": 1},
        {"or": [eq("a", 1), eq("b", 1)]},
        {"not": eq("a", 1)},
        {"jsonlogic": {"==": [{"var": "a"}, 1]}},
    ],
)
def test_what_needs_no_single_value_has_no_key_and_sees_every_event(condition: dict[str, Any] | None) -> None:
    assert keys.of_condition(condition) == keys.NONE
    assert keys.NONE not in (keys.of_data({"a": "", "": None}) or ())


def test_an_event_with_too_many_values_is_shown_to_all() -> None:
    assert len(keys.of_data({"a": list(range(keys.MAX_KEYS))}) or ()) == keys.MAX_KEYS
    assert keys.of_data({"a": list(range(keys.MAX_KEYS + 1))}) is None


def test_data_of_any_depth_has_keys() -> None:
    data: dict[str, Any] = {"x": 1}
    for _ in range(500):
        data = {"a": data}

    assert keys.of_data(data) == set()
