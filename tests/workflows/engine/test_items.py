"""The items of a loop: how many start, which are skipped, and how the loop ends."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.engine.graphs import (
    COMPLETED,
    FAILED,
    NEEDS_DECISION,
    PENDING,
    QUEUED,
    RUNNING,
    SKIPPED,
    WAITING,
    randoms,
)
from workflows.engine.items import ItemsDecision, OnItemFailure, decide
from workflows.engine.states import FINISHED_ACTION, ActionStatus

STOP, CONTINUE, COLLECT = OnItemFailure.STOP, OnItemFailure.CONTINUE, OnItemFailure.COLLECT
Counts = dict[ActionStatus, int]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param({}, ItemsDecision(end=COMPLETED), id="no item"),
        pytest.param({PENDING: 5}, ItemsDecision(start=2), id="so many as may be underway start"),
        pytest.param({PENDING: 1}, ItemsDecision(start=1), id="or so many as there are"),
        pytest.param({PENDING: 3, RUNNING: 1, COMPLETED: 1}, ItemsDecision(start=1), id="a free place is filled"),
        pytest.param({PENDING: 3, QUEUED: 1, WAITING: 1}, ItemsDecision(), id="what is queued or waits has a place"),
        pytest.param({PENDING: 3, NEEDS_DECISION: 2}, ItemsDecision(), id="what asks a person has a place"),
        pytest.param({PENDING: 3, RUNNING: 9}, ItemsDecision(), id="more than may be are underway"),
        pytest.param({RUNNING: 1, COMPLETED: 4}, ItemsDecision(), id="the last one runs"),
        pytest.param({COMPLETED: 4, SKIPPED: 1}, ItemsDecision(end=COMPLETED), id="all have ended"),
    ],
)
def test_places_are_filled_until_none_is_left(counts: Counts, expected: ItemsDecision) -> None:
    assert decide(counts, max_parallel=2, on_failure=STOP) == expected


@pytest.mark.parametrize(
    ("on_failure", "counts", "expected"),
    [
        pytest.param(STOP, {FAILED: 1, RUNNING: 1, PENDING: 3}, ItemsDecision(skip=True), id="stop: skip the rest"),
        pytest.param(STOP, {FAILED: 1, RUNNING: 1, SKIPPED: 3}, ItemsDecision(), id="stop: wait for what runs"),
        pytest.param(STOP, {FAILED: 1, PENDING: 3}, ItemsDecision(skip=True, end=FAILED), id="stop: nothing runs"),
        pytest.param(STOP, {FAILED: 1, COMPLETED: 1, SKIPPED: 3}, ItemsDecision(end=FAILED), id="stop: fail"),
        pytest.param(CONTINUE, {FAILED: 1, PENDING: 3}, ItemsDecision(start=2), id="continue: do the rest"),
        pytest.param(CONTINUE, {FAILED: 4, COMPLETED: 1}, ItemsDecision(end=COMPLETED), id="continue: complete"),
        pytest.param(COLLECT, {FAILED: 1, PENDING: 3}, ItemsDecision(start=2), id="collect: do the rest"),
        pytest.param(COLLECT, {FAILED: 1, COMPLETED: 4}, ItemsDecision(end=FAILED), id="collect: then fail"),
        pytest.param(COLLECT, {COMPLETED: 4}, ItemsDecision(end=COMPLETED), id="collect: none failed"),
    ],
)
def test_what_a_failed_item_means(on_failure: OnItemFailure, counts: Counts, expected: ItemsDecision) -> None:
    assert decide(counts, max_parallel=2, on_failure=on_failure) == expected


@dataclass
class Loop:
    """A loop whose items end as `ends` says, in the order that `random` chooses."""

    ends: list[ActionStatus]
    max_parallel: int
    on_failure: OnItemFailure
    random: Random
    states: list[ActionStatus] = field(init=False)

    def decide(self) -> ItemsDecision:
        return decide(Counter(self.states), max_parallel=self.max_parallel, on_failure=self.on_failure)

    def steps(self) -> Iterator[tuple[ItemsDecision, ItemsDecision]]:
        """Each decision, and what is said once it is applied."""
        self.states = [PENDING] * len(self.ends)
        for _ in range(3 * len(self.ends) + 1):
            decision = self.decide()
            pending = [number for number, status in enumerate(self.states) if status is PENDING]
            for number in pending[: decision.start]:
                self.states[number] = QUEUED
            for number in pending if decision.skip else ():
                self.states[number] = SKIPPED
            yield decision, self.decide()
            if decision.end is not None:
                return
            self.move()
        raise AssertionError(f"no end in sight: {self.states}")

    def move(self) -> None:
        number = self.random.choice([each for each, status in enumerate(self.states) if status in {QUEUED, RUNNING}])
        self.states[number] = RUNNING if self.states[number] is QUEUED else self.ends[number]

    def underway(self) -> int:
        return sum(status in {QUEUED, RUNNING} for status in self.states)


loops = st.builds(
    Loop,
    ends=st.lists(st.sampled_from([COMPLETED, COMPLETED, FAILED, SKIPPED]), max_size=12),
    max_parallel=st.integers(1, 4),
    on_failure=st.sampled_from(OnItemFailure),
    random=randoms,
)


@given(loops)
def test_a_loop_ends_with_all_its_items_never_with_too_many_at_once(loop: Loop) -> None:
    last = ItemsDecision()
    for last, again in loop.steps():
        assert loop.underway() <= loop.max_parallel
        assert again == ItemsDecision(end=last.end), "once applied, nothing more is said"

    assert set(loop.states) <= FINISHED_ACTION
    assert last.end in {COMPLETED, FAILED}


@given(loops)
def test_the_places_are_used(loop: Loop) -> None:
    for decision, _ in loop.steps():
        is_stopped = decision.skip or SKIPPED in loop.states or (loop.on_failure is STOP and FAILED in loop.states)
        assert is_stopped or PENDING not in loop.states or loop.underway() == loop.max_parallel


@given(loops)
def test_the_policy_decides_what_a_failure_does_to_the_loop(loop: Loop) -> None:
    *_, (last, _) = loop.steps()

    has_failed = FAILED in loop.states
    assert last.end is (FAILED if has_failed and loop.on_failure is not CONTINUE else COMPLETED)
    if loop.on_failure is not STOP or not has_failed:
        assert loop.states == loop.ends, "every item was done"
