"""Branches: conditions, switches, errors that are handled, joins."""

import pytest

from tests.runner import outputs, states
from tests.workflows.flows.conftest import Flow, failing, step

pytestmark = pytest.mark.django_db

IS_NL = {"id": "check", "type": "condition", "params": {"if": {"field": "country", "operator": "eq", "value": "NL"}}}


@pytest.mark.parametrize(
    ("country", "greeted", "other"), [("NL", "completed", "skipped"), ("DE", "skipped", "completed")]
)
def test_a_condition_goes_one_of_two_ways(flow: Flow, country: str, greeted: str, other: str) -> None:
    run = flow(
        IS_NL, step("greet", needs=["check.true"]), step("other", needs=["check.false"]), data={"country": country}
    )

    assert states(run) == {"check": "completed", "greet": greeted, "other": other}
    assert run.status == "completed"


def test_after_two_branches_one_that_needs_any_of_them_starts_once(flow: Flow) -> None:
    run = flow(
        IS_NL,
        step("greet", needs=["check.true"]),
        step("other", needs=["check.false"]),
        step("after", needs=["greet", "other"], join="any"),
        data={"country": "NL"},
    )

    assert states(run) == {"check": "completed", "greet": "completed", "other": "skipped", "after": "completed"}


def test_in_a_list_a_condition_is_a_gate(flow: Flow) -> None:
    run = flow(IS_NL, step("greet"), data={"country": "DE"})

    assert states(run) == {"check": "completed", "greet": "skipped"}
    assert run.status == "completed"


def test_a_switch_goes_the_way_of_its_case(flow: Flow) -> None:
    run = flow(
        {"id": "tier", "type": "switch", "params": {"value": "{{ tier }}", "cases": {"gold": "gold", "tin": "tin"}}},
        step("rich", needs=["tier.gold"]),
        step("poor", needs=["tier.tin"]),
        step("unknown", needs=["tier.default"]),
        data={"tier": "gold"},
    )

    assert states(run) == {"tier": "completed", "rich": "completed", "poor": "skipped", "unknown": "skipped"}


def test_an_error_that_is_handled_does_not_fail_the_run(flow: Flow) -> None:
    run = flow(
        failing("charge"),
        step("thank", needs=["charge"]),
        step("trouble", "{{ actions.charge.error.message }}", needs=["charge.error"]),
    )

    assert states(run) == {"charge": "failed", "thank": "skipped", "trouble": "completed"}
    assert (run.status, run.error) == ("completed", None)
    assert outputs(run)["trouble"]["message"] == "attempt 1 failed"


def test_an_error_that_nobody_handles_lets_nothing_more_start(flow: Flow) -> None:
    run = flow(
        failing("charge", needs=[]),
        {"id": "later", "type": "delay", "params": {"seconds": 60}, "needs": []},
        step("after", needs=["later"]),
    )

    assert states(run) == {"charge": "failed", "later": "cancelled", "after": "skipped"}
    assert (run.status, run.error) == ("failed", {"code": "test", "message": "attempt 1 failed", "action": "charge"})


def test_an_action_whose_own_if_does_not_hold_is_skipped(flow: Flow) -> None:
    run = flow(
        {**step("vip"), "if": {"field": "vip", "operator": "eq", "value": True}}, step("after"), data={"vip": False}
    )

    assert states(run) == {"vip": "skipped", "after": "skipped"}
    assert outputs(run)["vip"]["skipped"]["result"] is False


def test_stop_ends_the_run_as_completed(flow: Flow) -> None:
    run = flow(
        {"id": "done", "type": "stop", "params": {"output": {"answer": 42}}, "needs": []},
        {"id": "later", "type": "delay", "params": {"seconds": 60}, "needs": []},
        step("after", needs=["later"]),
    )

    assert states(run) == {"done": "completed", "later": "cancelled", "after": "skipped"}
    assert (run.status, run.output) == ("completed", {"answer": 42})


def test_fail_fails_the_run_in_its_own_words(flow: Flow) -> None:
    run = flow(
        {"id": "no", "type": "fail", "params": {"message": "No stock for {{ sku }}", "code": "no_stock"}},
        data={"sku": 7},
    )

    assert (run.status, run.error) == ("failed", {"code": "no_stock", "message": "No stock for 7", "action": "no"})
