"""Loops and parallel branches."""

from typing import Any

import pytest
from pytest_django import Settings

from tests.runner import outputs, states
from tests.workflows.flows.conftest import Flow, failing, step

pytestmark = pytest.mark.django_db


def loop(*body: dict[str, Any], **for_each: Any) -> dict[str, Any]:
    items = {"items": "{{ event.data.lines }}", **for_each}
    return {"id": "each", "type": "loop", "for_each": items, "params": {"actions": list(body)}}


def picky(key: str = "pick") -> dict[str, Any]:
    """Fails for the item 0."""
    params = {"succeed_on_attempt": "{{ item }}", "is_retryable": False}
    return {"id": key, "type": "test_trying", "params": params}


def test_a_loop_does_its_body_for_each_item(flow: Flow) -> None:
    run = flow(
        loop(step("say", "{{ index }}: {{ item.sku }}"), step("then")),
        step("after"),
        data={"lines": [{"sku": "a"}, {"sku": "b"}]},
    )

    assert states(run) == {
        "each": "completed", "each[0]": "completed", "each[1]": "completed",
        "say[0]": "completed", "say[1]": "completed", "then[0]": "completed", "then[1]": "completed",
        "after": "completed",
    }  # fmt: skip
    assert run.status == "completed"
    output = outputs(run)["each"]
    assert (output["count"], output["failed"]) == (2, 0)
    assert [each["output"]["say"]["message"] for each in output["items"]] == ["0: a", "1: b"]


def test_any_action_can_be_done_for_each_item(flow: Flow) -> None:
    run = flow(
        step("say", "{{ item }}", for_each="{{ event.data.lines }}")
        | {"for_each": {"items": "{{ event.data.lines }}"}},
        data={"lines": [1, 2, 3]},
    )

    assert [states(run)[f"say[{index}]"] for index in range(3)] == ["completed"] * 3
    output = outputs(run)["say"]
    assert [each["output"]["message"] for each in output["items"]] == ["1", "2", "3"]


def test_a_loop_over_nothing_completes(flow: Flow) -> None:
    run = flow(loop(step("say")), step("after"), data={"lines": []})

    assert states(run) == {"each": "completed", "after": "completed"}
    assert outputs(run)["each"] == {"items": [], "count": 0, "failed": 0}


@pytest.mark.parametrize(
    ("policy", "expected", "end"),
    [
        ("stop", ["completed", "failed", "skipped"], "failed"),
        ("continue", ["completed", "failed", "completed"], "completed"),
        ("collect", ["completed", "failed", "completed"], "failed"),
    ],
)
def test_what_a_failed_item_means_is_the_loops_policy(flow: Flow, policy: str, expected: list[str], end: str) -> None:
    run = flow(loop(picky(), on_failure=policy), data={"lines": [1, 0, 1]})

    assert [states(run)[f"each[{index}]"] for index in range(3)] == expected
    assert (states(run)["each"], run.status) == (end, end)
    if end == "failed":
        assert run.error == {
            "code": "items_failed",
            "message": "1 of 3 items failed. The first: The action 'pick' in it failed: attempt 1 failed",
            "action": "each",
        }


def test_loops_in_loops_see_both_items(flow: Flow) -> None:
    inner = {
        "id": "inner",
        "type": "loop",
        "for_each": {"items": "{{ item }}"},
        "params": {"actions": [step("say", "{{ loop.parent.index }}.{{ index }} {{ item }}")]},
    }

    run = flow(loop(inner), data={"lines": [["a", "b"], ["c"]]})

    said = {key: output["message"] for key, output in outputs(run).items() if key.startswith("say")}
    assert said == {"say[0.0]": "0.0 a", "say[0.1]": "0.1 b", "say[1.0]": "1.0 c"}
    assert run.status == "completed"


def test_an_item_may_be_null(flow: Flow) -> None:
    run = flow(loop(step("say", "{{ index }}: {{ item }}.")), data={"lines": [None, 1]})

    assert [outputs(run)[f"say[{index}]"]["message"] for index in (0, 1)] == ["0: .", "1: 1."]


def test_an_action_of_a_body_sees_what_came_before_it_in_the_same_item(flow: Flow) -> None:
    run = flow(
        step("first", "top"),
        loop(
            step("one", "{{ item }}"),
            step("two", "{{ actions.first.output.message }} {{ actions.one.output.message }}"),
        ),
        data={"lines": ["a", "b"]},
    )

    assert [outputs(run)[f"two[{index}]"]["message"] for index in range(2)] == ["top a", "top b"]


def test_what_is_no_list_fails_the_loop(flow: Flow) -> None:
    run = flow(loop(step("say")), data={"lines": "abc"})

    assert (run.status, (run.error or {})["code"]) == ("failed", "invalid_items")


def parallel(**branches: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": "both", "type": "parallel", "params": {"branches": branches}}


def test_items_that_repeat_something_large_fail_the_loop(flow: Flow) -> None:
    run = flow(step("say", for_each=["{{ event.data.blob }}"] * 20), data={"blob": "x" * 200_000})

    assert (run.status, states(run)) == ("failed", {"say": "failed"})
    assert (run.error or {})["message"].startswith("The items of for_each take 4,000,0")


def test_parallel_branches_all_end_before_what_follows(flow: Flow) -> None:
    run = flow(
        parallel(left=[step("a"), step("b")], right=[step("c", "right")]),
        step("after", "{{ actions.both.output.c.message }}"),
    )

    assert set(states(run).values()) == {"completed"}
    assert outputs(run)["after"]["message"] == "right"


def test_a_branch_that_fails_fails_the_parallel_and_its_error_can_be_handled(flow: Flow) -> None:
    wait = {"id": "wait", "type": "delay", "params": {"seconds": 60}}

    run = flow(
        parallel(left=[failing("a"), step("b")], right=[wait, step("c")]),
        step("after"),
        step("trouble", "{{ actions.both.error.message }}", needs=["both.error"]),
    )

    inner = {"a": "failed", "b": "skipped", "wait": "cancelled", "c": "skipped"}
    assert states(run) == {"both": "failed", **inner, "after": "skipped", "trouble": "completed"}
    assert outputs(run)["trouble"]["message"] == "The action 'a' in it failed: attempt 1 failed"
    assert run.status == "completed"


def test_at_most_so_many_items_are_underway_at_once(flow: Flow) -> None:
    wait = {"id": "wait", "type": "delay", "params": {"seconds": 60}}

    run = flow(loop(wait, max_parallel=2), data={"lines": [1, 2, 3]})

    assert [states(run)[f"each[{index}]"] for index in range(3)] == ["waiting", "waiting", "pending"]
    assert run.status == "waiting"


def test_loops_in_loops_end_before_they_fill_the_database(flow: Flow, settings: Settings) -> None:
    settings.SEQUITUR_MAX_ACTION_RUNS = 20
    body = {"id": "inner", "type": "loop", "for_each": {"items": [1, 2, 3]}, "params": {"actions": [step("say")]}}

    run = flow(loop(body), data={"lines": [1, 2, 3]})

    assert (run.status, (run.error or {})["code"]) == ("failed", "items_failed")
    assert len(states(run)) <= 20
    assert "The run would have more than 20 actions" in str(run.error)
