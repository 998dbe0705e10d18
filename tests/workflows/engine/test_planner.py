"""The planner: what follows from how far the actions are."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.engine.planner import Decision, PlannedAction, decide
from workflows.engine.states import FINISHED_ACTION, ActionStatus, RunStatus

PENDING, QUEUED, RUNNING = ActionStatus.PENDING, ActionStatus.QUEUED, ActionStatus.RUNNING
COMPLETED, FAILED, SKIPPED = ActionStatus.COMPLETED, ActionStatus.FAILED, ActionStatus.SKIPPED

ABC = (PlannedAction("a"), PlannedAction("b"), PlannedAction("c"))
TOLERANT = (PlannedAction("a", allow_failure=True), PlannedAction("b"))


@pytest.mark.parametrize(
    ("actions", "states", "expected"),
    [
        pytest.param(ABC, (PENDING, PENDING, PENDING), Decision(("a",)), id="the first starts"),
        pytest.param(ABC, (COMPLETED, PENDING, PENDING), Decision(("b",)), id="the next one starts"),
        pytest.param(ABC, (COMPLETED, QUEUED, PENDING), Decision(), id="nothing while one is queued"),
        pytest.param(ABC, (RUNNING, PENDING, PENDING), Decision(), id="nothing while one is running"),
        pytest.param(ABC, (ActionStatus.WAITING, PENDING, PENDING), Decision(), id="nothing while one waits"),
        pytest.param(
            ABC, (COMPLETED,) * 3, Decision(run_status=RunStatus.COMPLETED), id="the run completes with the last"
        ),
        pytest.param(
            ABC,
            (COMPLETED, FAILED, PENDING),
            Decision(skip=("c",), run_status=RunStatus.FAILED),
            id="a failure fails the run and skips the rest",
        ),
        pytest.param(TOLERANT, (FAILED, PENDING), Decision(("b",)), id="a failure that may be goes on"),
        pytest.param(
            TOLERANT, (FAILED, COMPLETED), Decision(run_status=RunStatus.COMPLETED), id="and the run completes"
        ),
        pytest.param(ABC, (COMPLETED, SKIPPED, PENDING), Decision(("c",)), id="a skipped one is passed"),
        pytest.param((), (), Decision(run_status=RunStatus.COMPLETED), id="nothing to do is done"),
    ],
)
def test_what_follows(actions: Sequence[PlannedAction], states: Sequence[ActionStatus], expected: Decision) -> None:
    keyed = dict(zip((action.key for action in actions), states, strict=True))

    assert decide(actions, keyed) == expected


ends = st.sampled_from([COMPLETED, FAILED])
plans = st.lists(st.tuples(st.booleans(), ends), min_size=1, max_size=20)


@given(plans)
def test_every_run_finishes_whatever_its_actions_do(plan: list[tuple[bool, ActionStatus]]) -> None:
    actions = [PlannedAction(str(number), allow_failure=allowed) for number, (allowed, _) in enumerate(plan)]
    states = {action.key: PENDING for action in actions}
    started: list[str] = []

    while (decision := decide(actions, states)).run_status is None:
        assert decide(actions, states) == decision, "the same question has the same answer"
        (key,) = decision.start
        states[key] = QUEUED
        assert decide(actions, states) == Decision(), "once applied, a decision has nothing more to say"
        states[key] = plan[int(key)][1]
        started.append(key)
    states.update(dict.fromkeys(decision.skip, SKIPPED))

    assert set(states.values()) <= FINISHED_ACTION
    assert started == sorted(started, key=int), "actions start in order, each once"
    fatal = [number for number, (allowed, end) in enumerate(plan) if end is FAILED and not allowed]
    assert decision.run_status is (RunStatus.FAILED if fatal else RunStatus.COMPLETED)
    assert len(started) == (fatal[0] + 1 if fatal else len(plan)), "nothing starts after a failure that may not be"
