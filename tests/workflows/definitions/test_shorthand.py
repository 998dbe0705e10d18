"""Shorthand: what people write, and the canonical form of it."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.definitions.check import check
from workflows.definitions.references import Known
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


def action(**parts: Any) -> dict[str, Any]:
    """The canonical form of the one action with these parts."""
    (only,) = normalise({"actions": [{"id": "a", **parts}]})["actions"]
    return dict(only)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        pytest.param({"for_each": "{{ x }}"}, {"for_each": {"items": "{{ x }}"}}, id="for_each as a template"),
        pytest.param({"for_each": [1]}, {"for_each": {"items": [1]}}, id="for_each as a list"),
        pytest.param({"needs": "check.true"}, {"needs": ["check.true"]}, id="one need"),
        pytest.param({"needs": None, "if": None, "for_each": None}, {}, id="nothing"),
        pytest.param({"if": [SCORE]}, {"if": {"and": [SCORE]}}, id="a list of conditions"),
        pytest.param(
            {"retry": {"maxRetries": 3, "backoffStrategy": "linear"}},
            {"retry": {"max_attempts": 4, "backoff": "linear"}},
            id="retries after the first try",
        ),
        pytest.param(
            {"undo": {"type": "x", "retry": {"maxRetries": 0}}},
            {"undo": {"type": "x", "retry": {"max_attempts": 1}}},
            id="retries of an undo",
        ),
        pytest.param({"retry": {"maxRetries": True}}, {"retry": {"maxRetries": True}}, id="retries that are no number"),
    ],
)
def test_shorthand_of_an_action_is_written_out(written: dict[str, Any], canonical: dict[str, Any]) -> None:
    assert action(type="log_event", **written) == {"id": "a", "type": "log_event", **canonical}


def test_settings_of_other_products_are_read() -> None:
    settings = {
        "timeout": 300_000,
        "retryPolicy": {"maxRetries": 3, "backoffStrategy": "exponential"},
        "concurrency": 1,
    }

    assert normalise({"settings": settings})["settings"] == {
        "timeout_seconds": 300,
        "retry": {"max_attempts": 4, "backoff": "exponential"},
        "concurrency": {"limit": 1},
    }


LOG = {"id": "b", "type": "log_event"}


@pytest.mark.parametrize(
    "written",
    [
        {"for_each": "{{ x }}", "max_parallel": 2, "actions": [LOG]},
        {"items": "{{ x }}", "max_parallel": 2, "actions": [LOG]},
        {"max_parallel": 2, "params": {"for_each": "{{ x }}", "actions": [LOG]}},
        {"params": {"items": "{{ x }}", "max_parallel": 2, "actions": [LOG]}},
        {"params": {"for_each": {"items": "{{ x }}"}, "max_parallel": 2, "actions": [LOG]}},
        {"for_each": {"items": "{{ x }}", "max_parallel": 2}, "params": {"actions": [LOG]}},
    ],
    ids=str,
)
def test_the_parts_of_a_loop_may_stand_in_many_places(written: dict[str, Any]) -> None:
    assert action(type="test_each", **written) == {
        "id": "a",
        "type": "test_each",
        "for_each": {"items": "{{ x }}", "max_parallel": 2},
        "params": {"actions": [LOG]},
    }


def test_what_is_written_twice_stays_for_the_check() -> None:
    loop = action(type="test_each", items=[1], actions=[], params={"items": [2], "actions": [LOG]})

    assert loop == {
        "id": "a",
        "type": "test_each",
        "for_each": {"items": [1]},
        "actions": [],
        "params": {"items": [2], "actions": [LOG]},
    }


def test_lists_of_nested_actions_may_stand_on_the_action() -> None:
    assert action(type="test_group", groups={"one": [LOG]}) == {
        "id": "a",
        "type": "test_group",
        "params": {"groups": {"one": [LOG]}},
    }


def test_nested_actions_are_written_out_too_and_have_ids_of_the_whole_document() -> None:
    inner = [{"type": "log_event", "needs": "x"}, {"type": "test_group", "groups": {"one": [{"type": "log_event"}]}}]

    document = normalise({"actions": [{"type": "test_group", "groups": {"a": inner}}, {"type": "log_event"}]})

    group = {"id": "test_group_2", "type": "test_group", "params": {"groups": {"one": [{"id": "log_event_2", **TYPE}]}}}
    assert document["actions"] == [
        {
            "id": "test_group",
            "type": "test_group",
            "params": {"groups": {"a": [{"id": "log_event", **TYPE, "needs": ["x"]}, group]}},
        },
        {"id": "log_event_3", **TYPE},
    ]


TYPE = {"type": "log_event"}


def test_conditions_that_a_type_reads_become_canonical() -> None:
    assert action(type="test_when", when=[SCORE])["params"] == {"when": {"and": [SCORE]}}


def test_a_hostile_document_is_written_out_in_no_time() -> None:
    many = [{"type": "log_event"} for _ in range(12_000)]
    groups = {f"g{number}": [{"type": "log_event"}] for number in range(5_000)}

    started = time.process_time()
    actions = normalise({"actions": [*many, {"type": "test_group", "groups": groups}]})["actions"]

    assert actions[-1]["params"]["groups"]["g4999"] == [{"id": "log_event_17000", "type": "log_event"}]
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "odd",
    [
        {"trigger": 3},
        {"triggers": "lead.created"},
        {"triggers": [None, 3, {"filters": 5}]},
        {"actions": "log"},
        {"actions": [None, [], {"type": 3}, {"type": ""}]},
        {"actions": [{"type": "test_each", "params": {"for_each": None, "items": 5}, "items": {}}]},
        {"actions": [{"type": "test_group", "params": []}, {"type": "test_group", "params": {"groups": [1]}}]},
        {"settings": {"timeout": "5", "retryPolicy": 5}},
        {"nodes": 5},
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
types = st.sampled_from(["log_event", "test_each", "test_group", "test_when", "test_choice", "nope"])


def parts(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Actions whose parts are often in the wrong place."""
    actions = st.lists(inner, max_size=3)
    values = {
        "id": st.sampled_from(["a", "b", "log_event", "log_event_2"]),
        "params": st.fixed_dictionaries(
            {},
            optional={
                "actions": actions | json_values,
                "groups": st.dictionaries(st.sampled_from("abc"), actions, max_size=2) | json_values,
                "when": json_values,
                "for_each": json_values,
                "items": json_values,
                "max_parallel": json_values,
            },
        )
        | json_values,
        "actions": actions,
        "groups": st.dictionaries(st.sampled_from("abc"), actions, max_size=2),
        "when": json_values,
        "cases": json_values,
        "for_each": json_values,
        "items": json_values,
        "on_failure": json_values,
        "needs": st.just("a.b") | json_values,
        "if": st.just([SCORE]) | json_values,
        "retry": st.dictionaries(st.sampled_from(["maxRetries", "max_attempts", "backoffStrategy"]), json_values),
        "undo": json_values | st.fixed_dictionaries({"retry": json_values}),
    }
    return st.fixed_dictionaries({"type": types}, optional=values)


actions = st.recursive(st.fixed_dictionaries({"type": types}), parts, max_leaves=8)


@given(st.lists(actions | json_values, max_size=4))
def test_normalising_actions_again_changes_nothing(written: list[Any]) -> None:
    once = normalise({"actions": written})

    assert normalise(once) == once


@given(st.lists(actions | json_values, max_size=4))
def test_checking_never_fails_whatever_is_written(written: list[Any]) -> None:
    found = check(normalise({"name": "x", "trigger": "a.b", "actions": written}), Known())

    assert len(found) <= 100


@given(documents)
def test_normalising_again_changes_nothing(document: dict[str, Any]) -> None:
    once = normalise(document)

    assert normalise(once) == once
