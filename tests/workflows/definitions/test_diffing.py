"""What differs between two definitions."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.definitions import diffing
from workflows.definitions.diffing import Change, Kind

Json = dict[str, Any]


def action(key: str, **changes: Any) -> Json:
    return {"id": key, "type": "log_event", "params": {"message": key}, **changes}


def definition(*actions: Json, **changes: Any) -> Json:
    triggers = [{"id": "t1", "type": "lead.created"}]
    return {"name": "Greet", "triggers": triggers, "actions": list(actions), **changes}


def told(before: Json, after: Json) -> list[tuple[str, str, str]]:
    return [(each.kind.value, each.key, each.pointer) for each in diffing.compare(before, after)]


def test_a_changed_parameter_is_told_with_what_it_was_and_is_and_where() -> None:
    before = definition(action("a"), action("greet", params={"subject": "Hi", "to": ["x", "y"]}))
    after = definition(action("greet", params={"subject": "Hello", "to": ["x", "z"]}))

    gone, *changes = sorted(diffing.compare(before, after), key=lambda each: each.kind != Kind.ACTION_REMOVED)

    assert gone.sentence == "`a` was removed."
    assert changes == [
        Change(
            Kind.ACTION_CHANGED, "greet", "/params/subject", "/actions/1/params/subject", "/actions/0/params/subject",
            "Hi", "Hello", '`greet`: params.subject changed from "Hi" to "Hello".',
        ),
        Change(
            Kind.ACTION_CHANGED, "greet", "/params/to/1", "/actions/1/params/to/1", "/actions/0/params/to/1",
            "y", "z", '`greet`: params.to.1 changed from "y" to "z".',
        ),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "Welcome"}, [("workflow_changed", "", "/name")]),
        ({"settings": {"timeout_seconds": 5}}, [("workflow_changed", "", "/settings")]),
        ({"triggers": []}, [("trigger_removed", "t1", "")]),
        (
            {"triggers": [{"id": "t1", "type": "lead.created", "filters": {"score": {"gt": 5}}}]},
            [("trigger_changed", "t1", "/filters")],
        ),
        ({"actions": [action("a", needs=["b.done"]), action("b")]}, [("action_changed", "a", "/needs")]),
        ({"actions": [action("a", retry={"max_attempts": 2}), action("b")]}, [("action_changed", "a", "/retry")]),
        ({"actions": [action("a"), action("c", params={"message": "b"})]}, [("action_renamed", "b", "")]),
        ({"actions": [action("a"), action("b"), action("c")]}, [("action_added", "c", "")]),
    ],
    ids=str,
)
def test_each_kind_of_change_is_told_as_what_it_is(changes: Json, expected: list[tuple[str, str, str]]) -> None:
    before = definition(action("a"), action("b"))
    found = told(before, {**before, **changes})

    assert [(kind, "b" if kind == "action_renamed" else key, pointer) for kind, key, pointer in found] == expected


def test_actions_of_bodies_are_compared_one_by_one_and_told_when_they_move() -> None:
    def loop(*body: Json) -> Json:
        return {"id": "each", "type": "loop", "for_each": {"items": [1]}, "params": {"actions": list(body)}}

    before = definition(loop(action("x"), action("y")), action("a"), action("b"), action("c"))
    after = definition(loop(action("x", params={"message": "new"})), action("c"), action("a"), action("b"), action("y"))

    assert told(before, after) == [
        ("action_changed", "x", "/params/message"),
        ("action_moved", "c", ""),
        ("action_moved", "y", ""),
    ]
    (moved,) = [each for each in diffing.compare(before, after) if each.key == "y"]
    assert moved.sentence == "`y` stands among the workflow's own actions now; it stood in `each`/actions."


def test_secrets_are_not_shown_but_that_they_changed_is() -> None:
    def calling(token: str) -> Json:
        headers = [{"name": "Authorization", "value": token}]
        return definition(action("call", params={"password": token, "headers": headers}))

    found = diffing.compare(calling("canary-one"), calling("canary-two"))

    assert [each.pointer for each in found] == ["/params/password", "/params/headers/0/value"]
    assert "canary" not in json.dumps([[each.before, each.after, each.sentence] for each in found])
    assert found[0].sentence == "`call`: params.password changed; its value is secret and not shown."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "a", "b/~"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "y/z", "~"]), inner, max_size=3),
    max_leaves=6,
)
PARTS = st.builds(lambda key, params, needs: action(key, params=params, **needs),
                  st.sampled_from("abcde"), st.dictionaries(st.sampled_from(["m", "n"]), JSON),
                  st.sampled_from([{}, {"needs": []}, {"if": {"==": [1, 1]}}]))  # fmt: skip
DEFINITIONS = st.builds(
    lambda actions, name: definition(*actions, name=name),
    st.lists(PARTS, max_size=5, unique_by=lambda each: each["id"]),
    st.sampled_from(["Greet", "Welcome"]),
)


@given(DEFINITIONS)
def test_nothing_differs_from_itself(document: Json) -> None:
    assert diffing.compare(document, copy.deepcopy(document)) == []


@given(DEFINITIONS, DEFINITIONS)
def test_the_other_way_round_the_same_is_found(one: Json, two: Json) -> None:
    def mirrored(each: Change) -> tuple[Any, ...]:
        kind = each.kind.replace("added", "?").replace("removed", "added").replace("?", "removed")
        key = "" if each.kind is Kind.ACTION_RENAMED else each.key
        return kind, key, each.pointer, each.path_after, each.path_before, repr(each.after), repr(each.before)

    def plain(each: Change) -> tuple[Any, ...]:
        key = "" if each.kind is Kind.ACTION_RENAMED else each.key
        paths = each.path_before, each.path_after
        return each.kind.value, key, each.pointer, *paths, repr(each.before), repr(each.after)

    assert sorted(map(repr, map(mirrored, diffing.compare(one, two)))) == sorted(
        map(repr, map(plain, diffing.compare(two, one)))
    )


@given(DEFINITIONS, DEFINITIONS)
def test_without_a_change_the_definitions_are_the_same(one: Json, two: Json) -> None:
    assert (diffing.compare(one, two) == []) is (repr(one) == repr(two) or _sorted(one) == _sorted(two))


def _sorted(document: Json) -> str:
    return json.dumps(document, sort_keys=True)
