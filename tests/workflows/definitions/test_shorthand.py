"""Shorthand: what people write, and the canonical form of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.definitions.shorthand import normalise

SCORE = {"field": "score", "operator": "gte", "value": 80}


@pytest.mark.parametrize(
    ("written", "triggers"),
    [
        pytest.param({"trigger": "lead.created"}, [{"id": "t1", "type": "lead.created"}], id="a word"),
        pytest.param({"trigger": {"type": "lead.created"}}, [{"id": "t1", "type": "lead.created"}], id="one"),
        pytest.param({"event_type": "lead.created"}, [{"id": "t1", "type": "lead.created"}], id="event_type on top"),
        pytest.param(
            {"trigger": {"event_type": "lead.created"}}, [{"id": "t1", "type": "lead.created"}], id="event_type inside"
        ),
        pytest.param(
            {"triggers": ["a.b", {"id": "mine", "type": "c.d"}]},
            [{"id": "t1", "type": "a.b"}, {"id": "mine", "type": "c.d"}],
            id="several",
        ),
        pytest.param(
            {"trigger": {"type": "a", "filters": {"country": "NL", "score": {"gte": 3, "lt": 9}}}},
            [{"id": "t1", "type": "a", "filters": {"country": {"eq": "NL"}, "score": {"gte": 3, "lt": 9}}}],
            id="filters",
        ),
        pytest.param(
            {"trigger": {"type": "a", "conditions": [SCORE]}},
            [{"id": "t1", "type": "a", "conditions": {"and": [SCORE]}}],
            id="conditions of a trigger",
        ),
    ],
)
def test_triggers_become_a_list(written: dict[str, Any], triggers: list[dict[str, Any]]) -> None:
    assert normalise(written) == {"triggers": triggers}


def test_a_trigger_gets_an_id_that_no_other_has() -> None:
    document = normalise({"triggers": ["a.b", {"id": "t1", "type": "c.d"}]})

    assert [trigger["id"] for trigger in document["triggers"]] == ["t1_2", "t1"]


def test_a_list_of_conditions_becomes_and() -> None:
    assert normalise({"conditions": [SCORE]}) == {"conditions": {"and": [SCORE]}}


def test_actions_are_named_for_their_type_and_numbered_from_the_second_on() -> None:
    document = {"actions": [{"type": "log_event"}, {"type": "log_event"}, {"type": "a-b", "id": "log_event_3"}]}

    assert [action["id"] for action in normalise(document)["actions"]] == ["log_event", "log_event_2", "log_event_3"]


def test_a_name_that_is_taken_is_not_given_again() -> None:
    document = {"actions": [{"type": "log_event"}, {"type": "x", "id": "log_event"}]}

    assert [action["id"] for action in normalise(document)["actions"]] == ["log_event_2", "log_event"]


@pytest.mark.parametrize(
    "odd",
    [
        {"trigger": 3},
        {"triggers": "lead.created"},
        {"triggers": [None, 3, {"filters": 5}]},
        {"actions": "log"},
        {"actions": [None, [], {"type": 3}, {"type": ""}]},
        {"conditions": "score > 3"},
        {"conditions": None},
        {},
    ],
    ids=str,
)
def test_what_it_does_not_understand_is_left_for_the_check(odd: dict[str, Any]) -> None:
    assert normalise(normalise(odd)) == normalise(odd)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
keys = st.sampled_from(["name", "trigger", "triggers", "event_type", "conditions", "actions", "type", "id", "filters"])
documents = st.dictionaries(
    keys, json_values | st.lists(st.dictionaries(keys, json_values, max_size=4), max_size=3), max_size=6
)


@given(documents)
def test_normalising_again_changes_nothing(document: dict[str, Any]) -> None:
    once = normalise(document)

    assert normalise(once) == once
