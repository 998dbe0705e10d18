from typing import Any

from workflows.services.regression import comparing

Json = dict[str, Any]

CAME: Json = {
    "status": "completed",
    "error": None,
    "actions": {
        "a": {"status": "completed", "output": {"id": 7, "items": [1, 2]}},
        "b": {"status": "completed", "would": {"to": ["x@example.com"]}},
    },
}


def paths(expected: Json, actual: Json = CAME, *, ignore: tuple[str, ...] = ()) -> list[str]:
    return [each.path for each in comparing.compare(expected, actual, ignore=ignore)]


def test_what_came_as_expected_differs_in_nothing() -> None:
    assert paths(CAME) == []
    assert paths({}) == []


def test_each_difference_has_its_place_and_both_values() -> None:
    expected = {
        "status": "failed",
        "actions": {**CAME["actions"], "a": {"output": {"id": 7, "items": [1, 3, 4], "more": True}}},
    }

    found = comparing.compare(expected, CAME, ignore=())

    assert [(each.path, each.expected, each.actual) for each in found] == [
        ("/status", "failed", "completed"),
        ("/actions/a/output/items/1", 3, 2),
        ("/actions/a/output/items/2", 4, None),
        ("/actions/a/output/more", True, None),
    ]
    assert found[0].message == '/status: expected "failed", and it is "completed".'
    assert found[2].message == "/actions/a/output/items/2: expected 4, and there is nothing."


def test_an_action_that_is_missing_and_one_that_would_send_something_unexpected_differ() -> None:
    assert paths({"actions": {"a": CAME["actions"]["a"], "c": {"status": "completed"}}}) == ["/actions/c", "/actions/b"]


def test_what_is_ignored_is_not_looked_at_nor_what_stands_below_it() -> None:
    expected = {"actions": {**CAME["actions"], "a": {"output": {"id": 8, "items": []}}}}

    assert paths(expected, ignore=("/actions/*/output/id", "/actions/a/output/items")) == []
    assert paths(expected, ignore=("/actions/a/output/i",)) == [
        "/actions/a/output/id", "/actions/a/output/items/0", "/actions/a/output/items/1",
    ]  # fmt: skip


def test_true_is_not_one() -> None:
    assert paths({"error": True}, {"error": 1}) == ["/error"]


def test_no_more_differences_are_told_than_anybody_reads() -> None:
    expected = {"actions": {f"a{number}": {"status": "completed"} for number in range(500)}}

    assert len(paths(expected)) == comparing.MAX_DIFFERENCES
