from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triggers.engine import changes, patterns
from triggers.engine.changes import Change

ROWS = st.dictionaries(st.text(min_size=1, max_size=63), st.integers(0, 2) | st.none(), max_size=5)


def told(old: dict[str, Any] | None, new: dict[str, Any] | None, name: str = "lead") -> list[str]:
    differ = changes.differing(old, new) if old is not None and new is not None else ()
    return [each.type for each in changes.events(Change(name, key=1, old=old, new=new, changed=differ))]


@pytest.mark.parametrize(
    ("old", "new", "types"),
    [
        (None, {"a": 1}, ["lead.created"]),
        ({"a": 1}, None, ["lead.deleted"]),
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1, "b": 1}, {"a": 2, "b": 1}, ["lead.updated", "lead.a_changed"]),
        ({"a": 1}, {"a": 1, "b": None}, ["lead.updated", "lead.b_changed"]),
        ({"a b": 1}, {"a b": 2}, ["lead.updated", "lead.a_b_changed"]),
        (None, None, []),
    ],
)
def test_a_change_is_told_once_for_the_row_and_once_for_each_field(
    old: dict[str, Any] | None, new: dict[str, Any] | None, types: list[str]
) -> None:
    assert told(old, new) == types


def test_one_and_true_are_not_the_same() -> None:
    assert changes.differing({"a": 1}, {"a": True}) == ("a",)
    assert changes.differing({"a": [0]}, {"a": [False]}) == ("a",)


@given(ROWS, ROWS)
def test_old_and_new_hold_exactly_what_changed(old: dict[str, Any], new: dict[str, Any]) -> None:
    differ = changes.differing(old, new)
    events = list(changes.events(Change("lead", key=1, old=old, new=new, changed=differ)))

    for event in events:
        assert event.data["lead"] == new
        assert {**old, **event.data["new"]} | new == old | new
        assert set(event.data["new"]) == set(event.data["changed"])
    assert bool(events) == any(name not in old or old[name] != value for name, value in new.items())


@given(st.text(min_size=1, max_size=63))
def test_every_column_makes_a_type_that_an_event_can_have(field: str) -> None:
    assert patterns.is_name(changes.of_field("lead", field))


@pytest.mark.parametrize("name", ["", "a.b", "a b", "*", "a" * 101])
def test_what_is_no_level_of_a_type_is_no_name(name: str) -> None:
    assert not changes.is_name(name)
