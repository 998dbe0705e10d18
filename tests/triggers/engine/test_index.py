from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.expressions import conditions, scope
from core.expressions.conditions.tree import Node
from core.expressions.scope import Scope
from tests.triggers.engine import strategies
from triggers.engine import matching
from triggers.engine.index import Index

NOW = datetime(2026, 1, 1, 5, tzinfo=UTC)


@dataclass(eq=False)
class Entry:
    name: str
    root: Node | None


def entry(document: Any, name: str = "") -> Entry:
    return Entry(name, conditions.compile(document).root)


def eq(field: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": "eq", "value": value}


def scope_of(data: Any) -> Scope:
    return scope.build(now=NOW, event={"data": data, "subject": "NL"}, workspace={"plan": "gold"}, vars={})


def found(index: Index[Entry], **data: Any) -> list[str]:
    return sorted(each.name for each in index.candidates(scope_of(data)))


@settings(max_examples=300)
@given(
    st.lists(st.tuples(strategies.filters, st.none() | strategies.conditions), min_size=1, max_size=12),
    strategies.data,
    st.sets(st.integers(0, 11)),
)
def test_whoever_would_hold_is_found_and_whoever_left_is_not(
    rules: list[tuple[dict[str, Any], Any]], data: dict[str, Any], gone: set[int]
) -> None:
    entries = [Entry(str(number), matching.compile_rules(*each).root) for number, each in enumerate(rules)]
    index: Index[Entry] = Index()
    for each in entries:
        index.add(each)
    for number in gone:
        if number < len(entries):
            index.remove(entries[number])

    candidates = index.candidates(scope_of(data))

    left = [each for number, each in enumerate(entries) if number not in gone]
    assert {each for each in left if each.root and each.root.decide(scope_of(data))} <= candidates.keys() <= set(left)


@pytest.mark.parametrize(
    ("document", "meets", "misses"),
    [
        pytest.param(eq("a", 5), {"a": "5.0"}, {"a": 6}, id="numbers and their text"),
        pytest.param(eq("a", "NL"), {"a": "NL"}, {"a": "DE"}, id="text"),
        pytest.param(eq("a", None), {"a": None}, {}, id="null is not missing"),
        pytest.param(eq("a", True), {"a": True}, {"a": 1}, id="true is not one"),
        pytest.param(
            eq("a", "2026-01-01"), {"a": "2026-01-01T01:00:00+01:00"}, {"a": "2026-01-02"}, id="one instant, two texts"
        ),
        pytest.param({"field": "a", "operator": "in", "value": [1, "x"]}, {"a": "x"}, {"a": 2}, id="in"),
        pytest.param({"field": "a", "operator": "startswith", "value": "ab"}, {"a": "abc"}, {"a": "a"}, id="prefix"),
        pytest.param({"field": "today", "operator": "startswith", "value": "2026-"}, {}, None, id="prefix of a date"),
        pytest.param(eq("a", 5), {"a": 5}, {"a": "9" * 309}, id="digits of a number that no float is as large as"),
        pytest.param({"field": "a", "operator": "gte", "value": 5}, {"a": 5}, {"a": 4.9}, id="at least"),
        pytest.param({"field": "a", "operator": "lt", "value": 5}, {"a": "4"}, {"a": 6}, id="less"),
        pytest.param({"field": "a", "operator": "between", "value": [1, 2]}, {"a": 2}, {"a": 3}, id="between"),
        pytest.param({"field": "a", "operator": "matches", "value": "x"}, {"a": 1}, {"b": 1}, id="there at all"),
        pytest.param({"not": {"field": "a", "operator": "ne", "value": 5}}, {"a": 5}, {"a": 6}, id="not not"),
        pytest.param({"or": [eq("a", 1), eq("b", 2)]}, {"b": 2}, {"a": 2, "b": 1}, id="either"),
        pytest.param(eq("l[1]", 5), {"l": [0, 5]}, {"l": [5]}, id="index of a list"),
        pytest.param(eq("workspace.plan", "gold"), {}, None, id="names"),
    ],
)
def test_who_looks_for_a_value_is_found_by_it_alone(document: Any, meets: Any, misses: Any) -> None:
    index: Index[Entry] = Index()
    index.add(entry(document, "it"))

    assert found(index, **meets) == ["it"]
    assert misses is None or found(index, **misses) == []


def test_the_value_that_fewest_others_look_for_is_looked_up() -> None:
    index: Index[Entry] = Index()
    for number in range(100):
        index.add(entry({"and": [eq("country", "NL"), eq("id", number)]}, str(number)))

    assert len(found(index, country="NL", id=7)) <= 2
    assert "7" in found(index, country="NL", id=7)


def test_both_bounds_of_a_place_are_looked_up_together() -> None:
    index: Index[Entry] = Index()
    for low in range(0, 10_000, 10):
        bounds = [{"field": "n", "operator": "gte", "value": low}, {"field": "n", "operator": "lt", "value": low + 10}]
        index.add(entry({"and": bounds}, str(low)))

    assert found(index, n=5005) == ["5000"]


def test_an_entry_that_two_values_find_is_found_once() -> None:
    index: Index[Entry] = Index()
    index.add(entry({"or": [eq("a", 1), eq("b", 2)]}, "it"))

    assert [each.name for each in index.candidates(scope_of({"a": 1, "b": 2}))] == ["it"]


def test_what_cannot_be_evaluated_is_always_found() -> None:
    index: Index[Entry] = Index()
    index.add(Entry("flawed", None))

    assert found(index) == ["flawed"]
    assert len(index) == 1


def test_more_places_than_the_event_has_are_looked_up_by_what_it_has() -> None:
    index: Index[Entry] = Index()
    for number in range(50):
        index.add(entry(eq(f"field_{number}", number), str(number)))
        index.add(entry(eq(f"n.{number}", number), f"n{number}"))

    assert found(index, field_3=3, field_4=5, n={"7": 7, "07": 7}) == ["3", "n7"]


def test_a_key_of_more_digits_than_python_reads_is_passed_over() -> None:
    index: Index[Entry] = Index()
    for number in range(50):
        index.add(entry(eq(f"field_{number}", number), str(number)))

    assert found(index, field_3=3, **{"1" * 5000: 1}) == ["3"]
