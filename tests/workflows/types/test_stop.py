from tests.workflows.types.turns import control, problems, take
from workflows.engine.states import RunStatus
from workflows.types.base import EndRun


def test_the_run_ends_well_with_the_output() -> None:
    step = take("stop", {"message": "Nothing to do", "output": {"limit": "{{ vars.limit }}"}})

    assert step == EndRun(RunStatus.COMPLETED, {"limit": 80})


def test_without_parameters_the_output_is_empty() -> None:
    assert take("stop", {}) == EndRun(RunStatus.COMPLETED, {})


def test_nothing_follows_it() -> None:
    assert control("stop").ports({}) == ()


def test_mistakes_are_found() -> None:
    assert problems("stop", {"output": [1]}) == [("/params/output", "invalid_parameter")]
