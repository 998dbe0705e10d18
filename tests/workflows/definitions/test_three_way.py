from copy import deepcopy
from typing import Any

import pytest

from workflows.definitions import three_way
from workflows.definitions.three_way import Side

Json = dict[str, Any]


def action(key: str, **params: Any) -> Json:
    return {"id": key, "type": "log_event", "params": {"message": key, **params}}


def document(*actions: Json, **more: Any) -> Json:
    return {"actions": list(actions), **more}


A, B, C, D = (action(key) for key in "abcd")


def keys(found: three_way.Merged) -> str:
    return "".join(each["id"] for each in found.definition["actions"])


@pytest.mark.parametrize(
    ("base", "draft", "template", "merged"),
    [
        ("abc", "abc", "abdc", "abdc"),  # only the template changed
        ("abc", "cab", "abc", "cab"),  # only the draft did
        ("abc", "dabc", "abce", "dabce"),  # both, at different places
        ("abc", "ac", "abcd", "acd"),  # one removed, the other added elsewhere
        ("abc", "ac", "ac", "ac"),  # both did the same
        ("abc", "abcd", "abcd", "abcd"),
        ("abc", "bc", "ab", "b"),
        ("", "", "ab", "ab"),
    ],
)
def test_parts_that_are_added_removed_and_moved_by_one_of_them_are_merged(
    base: str, draft: str, template: str, merged: str
) -> None:
    sides = [document(*map(action, each)) for each in (base, draft, template)]

    found = three_way.merge(sides[0], draft=sides[1], template=sides[2])

    assert (keys(found), found.conflicts) == (merged, ())


@pytest.mark.parametrize(
    ("base", "draft", "template", "of_draft", "of_template"),
    [
        ("ab", "abc", "abd", "abc", "abd"),  # both at one place: which needs which?
        ("abc", "ac", "abdc", "ac", "adc"),  # one added where the other removed
        ("abc", "cba", "bac", "cba", "bac"),  # both moved
        ("abc", "dabc", "abcd", "dabc", "abcd"),  # both added it, each elsewhere
    ],
)
def test_an_order_that_both_changed_at_one_place_is_a_conflict(
    base: str, draft: str, template: str, of_draft: str, of_template: str
) -> None:
    sides = [document(*map(action, each)) for each in (base, draft, template)]

    found = [three_way.merge(sides[0], draft=sides[1], template=sides[2], prefer=prefer) for prefer in Side]

    assert [keys(each) for each in found] == [of_draft, of_template]
    assert [[conflict.path for conflict in each.conflicts] for each in found] == [["/actions"], ["/actions"]]


def test_changes_of_different_values_of_one_part_are_both_kept_wherever_it_stands_now() -> None:
    base = document(A, B, settings={"timeout_seconds": 30})
    draft = document(B, {**A, "title": "First"}, settings={"timeout_seconds": 60})
    template = document(action("a", level="warning"), B, settings={"timeout_seconds": 30, "priority": 1})

    found = three_way.merge(base, draft=draft, template=template)

    assert found.conflicts == ()
    assert found.definition == document(
        B, {**action("a", level="warning"), "title": "First"}, settings={"timeout_seconds": 60, "priority": 1}
    )


def test_a_value_that_both_changed_is_a_conflict_decided_for_the_side_that_is_preferred() -> None:
    base, draft, template = (document(action("a", level=level)) for level in ("info", "debug", "error"))

    found = {
        prefer: three_way.merge(base, draft=draft, template=template, prefer=prefer)
        for prefer in (Side.DRAFT, Side.TEMPLATE)
    }

    assert found[Side.DRAFT].definition == draft
    assert found[Side.TEMPLATE].definition == template
    [conflict] = found[Side.DRAFT].conflicts
    assert (conflict.path, conflict.base, conflict.draft, conflict.template) == (
        "/actions/a/params/level", "info", "debug", "error",
    )  # fmt: skip
    assert conflict.sentence == (
        "/actions/a/params/level was changed in the workflow and in the template, each in its own way."
    )


@pytest.mark.parametrize(
    ("draft", "template", "of_draft", "of_template", "who"),
    [
        ([A, C], [A, action("b", x=1), C], "ac", "abc", "removed in the workflow"),
        ([A, action("b", x=1), C], [A, C], "abc", "ac", "removed in the template"),
    ],
)
def test_a_part_that_one_removed_and_the_other_changed_is_a_conflict(
    draft: list[Json], template: list[Json], of_draft: str, of_template: str, who: str
) -> None:
    base = document(A, B, C)

    found = [
        three_way.merge(base, draft=document(*draft), template=document(*template), prefer=prefer) for prefer in Side
    ]

    assert [keys(each) for each in found] == [of_draft, of_template]
    assert [[conflict.path for conflict in each.conflicts] for each in found] == [["/actions/b"], ["/actions/b"]]
    assert who in found[0].conflicts[0].sentence


def test_nested_actions_are_merged_as_those_on_top_are() -> None:
    def looping(*inner: Json) -> Json:
        return document({"id": "each", "type": "loop", "params": {"actions": list(inner)}})

    found = three_way.merge(looping(A, B), draft=looping(A, B, C), template=looping(action("a", level="error"), B))

    assert found.conflicts == ()
    assert found.definition == looping(action("a", level="error"), B, C)


def test_true_is_no_one_and_lists_without_ids_are_one_value() -> None:
    found = three_way.merge(
        {"x": 1, "to": ["a"]}, draft={"x": True, "to": ["a", "b"]}, template={"x": 1, "to": ["a", "c"]}
    )

    assert found.definition == {"x": True, "to": ["a", "b"]}
    assert [each.path for each in found.conflicts] == ["/to"]


def test_nothing_that_is_given_is_changed() -> None:
    sides = [document(A, B), document(A, B, C), document(D, A, action("b", x=1))]
    before = deepcopy(sides)

    three_way.merge(sides[0], draft=sides[1], template=sides[2])

    assert sides == before
