from typing import Any

import pytest

from tests.workflows.types.turns import control, failure, problems, take, turn
from workflows.types.base import Done, StartRun, Wait
from workflows.types.workflow import WorkflowType

CALL = {"workflow": "Score a lead", "data": {"lead": "{{ lead }}"}, "returns": {"score": "number", "tags": "list"}}
RETURNED = {"score": 7, "tags": [], "more": None}


def child(status: str, **parts: Any) -> dict[str, Any]:
    return {"child": {"run": "r2", "status": status, "output": {}, "error": None, **parts}}


@pytest.mark.parametrize("wait", [True, False])
def test_the_first_turn_starts_a_run(wait: bool) -> None:
    params = {"workflow": "{{ name }}", "data": {"lead": "{{ lead }}"}, "wait": wait}

    step = take("workflow", params, turn(name="score-a-lead", lead={"id": 7}))

    assert step == StartRun("score-a-lead", {"lead": {"id": 7}}, is_awaited=wait)


@pytest.mark.parametrize("progress", [{}, child("queued"), child("waiting"), child("needs_decision")])
def test_it_waits_for_a_run_that_has_not_ended(progress: dict[str, Any]) -> None:
    assert take("workflow", CALL, turn(progress=progress, lead=1)) == Wait(None, progress)


def test_the_output_of_a_completed_run_is_handed_on() -> None:
    step = take("workflow", CALL, turn(progress=child("completed", output=RETURNED), lead=1))

    assert step == Done({"run": "r2", "status": "completed", "output": RETURNED})


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("text", "", True),
        ("text", 1, False),
        ("number", 1.5, True),
        ("number", True, False),
        ("number", "1", False),
        ("boolean", False, True),
        ("boolean", 0, False),
        ("list", [], True),
        ("object", {}, True),
        ("object", None, False),
    ],
)
def test_an_output_fits_by_its_json_types(kind: str, value: Any, fits: bool) -> None:
    params = {"workflow": "x", "returns": {"a": kind}}
    at = turn(progress=child("completed", output={"a": value}))

    if fits:
        assert isinstance(take("workflow", params, at), Done)
    else:
        assert failure("workflow", params, at).code == "unexpected_result"


def test_what_the_output_lacks_is_named_without_values() -> None:
    error = failure("workflow", CALL, turn(progress=child("completed", output={"score": "hunter2"}), lead=1))

    assert (error.code, error.is_retryable) == ("unexpected_result", False)
    assert error.message == "The run r2 of 'Score a lead' did not return score as number, tags as list."


@pytest.mark.parametrize(
    ("progress", "code", "message"),
    [
        (
            child("failed", error={"code": "timeout", "message": "no answer"}),
            "child_failed",
            "The run r2 failed: timeout: no answer",
        ),
        (child("failed"), "child_failed", "The run r2 failed"),
        (child("cancelled"), "child_cancelled", "The run r2 was cancelled"),
    ],
)
def test_a_run_that_did_not_complete_is_a_failure(progress: dict[str, Any], code: str, message: str) -> None:
    error = failure("workflow", CALL, turn(progress=progress, lead=1))

    assert (error.code, error.message, error.is_retryable) == (code, message, False)


@pytest.mark.parametrize(
    ("params", "names"),
    [({"workflow": "A"}, {"/workflow": "A"}), ({"workflow": "{{ x }}"}, {}), ({"workflow": 5}, {}), ({}, {})],
)
def test_it_says_which_workflow_it_starts_if_that_is_known(params: dict[str, Any], names: dict[str, str]) -> None:
    found = control("workflow")

    assert isinstance(found, WorkflowType)
    assert found.starts(params) == names


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"workflow": "{{ x }}", "data": "{{ x }}", "wait": "{{ x }}"}, []),
        ({}, [("/workflow", "missing_parameter")]),
        ({"workflow": ""}, [("/workflow", "invalid_parameter")]),
        ({"workflow": "x" * 221}, [("/workflow", "invalid_parameter")]),
        ({"workflow": "x", "data": [1]}, [("/data", "invalid_parameter")]),
        ({"workflow": "x", "data": {"a": "x" * 262_144}}, [("/data", "invalid_parameter")]),
        ({"workflow": "x", "returns": {"a": "string"}}, [("/returns/a", "invalid_parameter")]),
        ({"workflow": "x", "returns": {"a": "text"}, "wait": False}, [("", "invalid_parameter")]),
    ],
)
def test_mistakes_are_found_where_they_stand(params: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert problems("workflow", params) == [(f"/params{pointer}", code) for pointer, code in found]
