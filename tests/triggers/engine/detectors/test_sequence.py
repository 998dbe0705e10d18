from datetime import UTC, datetime
from itertools import pairwise
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.expressions import scope as scopes
from core.expressions.scope import Scope
from triggers.engine.covering import Part
from triggers.engine.detectors import sequence
from triggers.engine.detectors.base import SECOND, Json
from triggers.engine.detectors.sequence import LATE, MAX_LOG, Sequence

NOON = int(datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp())
Came = tuple[float, list[int]]  # when, and which steps it could fill


def of(steps: int, *, within: float = 5, ordered: bool = True) -> Sequence:
    return Sequence(tuple(Part.of(name, {}) for name in "abcdefghij"[:steps]), within, ordered)


def fired(detector: Sequence, events: list[Came]) -> list[int]:
    """The places of the events with which it fires."""
    state: Json = {}
    found = []
    for place, (second, steps) in enumerate(events):
        step = detector.step(state, at=int(second * SECOND), value=steps)
        state = step.state
        found += [place] if step.fires else []
    return found


def told(detector: Sequence, *events: Came) -> list[str]:
    state: Json = {}
    found: list[str] = []
    for second, steps in events:
        step = detector.step(state, at=int((NOON + second) * SECOND), value=steps)
        state, found = step.state, [*found, step.told]
    return found


A, B, C = [0], [1], [2]


@pytest.mark.parametrize(
    ("detector", "events", "expected"),
    [
        (of(2), [(0, A), (5, B)], [1]),
        (of(2), [(0, A), (5.1, B)], []),  # too late
        (of(2), [(0, B), (1, A)], []),
        (of(2), [(0, A), (3, A), (7, B)], [2]),  # within the span of the second
        (of(2), [(0, A), (1, A), (2, B), (3, B)], [2]),  # what came before is void
        (of(2), [(0, A), (1, B), (2, A), (3, B)], [1, 3]),
        (of(3), [(0, A), (1, B), (3, A), (6, C)], []),  # the first began too early, the second lacks b
        (of(3), [(0, A), (1, B), (3, A), (4, B), (6, C)], [4]),
        (of(3), [(0, A), (1, C), (2, B), (3, B), (4, C)], [4]),
        (of(2), [(0, [0, 1]), (1, [0, 1]), (2, [0, 1]), (3, [0, 1])], [1, 3]),  # one type in both: one step of each
        (of(3), [(0, [0, 2]), (1, B), (2, [0, 2])], [2]),
        (of(2), [(0, A), (0, B)], [1]),  # of one instant, in the order in which they are decided
        (of(2), [(3, B), (1, A)], [1]),  # out of order
        (of(3), [(0, A), (4, C), (2, B), (3, C)], [2]),  # what came before what fired is void
        (of(2), [(1, A), (2, B), (0, A), (3, B)], [1]),
        (of(2, ordered=False), [(0, B), (1, A), (2, B)], [1]),
        (of(2, ordered=False), [(0, B), (5.1, A), (6, B)], [2]),
        (of(3, ordered=False), [(0, C), (1, C), (2, A), (3, B)], [3]),
        (of(2, ordered=False), [(0, [0, 1]), (1, [0, 1])], [1]),
        (of(3, ordered=False), [(0, [0, 1]), (1, [0]), (2, [0, 2])], [2]),  # b, a, c
        (of(3, ordered=False), [(0, [0]), (1, [0]), (2, [1, 2])], []),
        (of(3, ordered=False), [(9, A), (4, C), (6, B)], [2]),
        (of(2, ordered=False), [(0, A), (4, A), (-3, B)], [2]),
    ],
)
def test_it_fires_with_what_completes_it_and_begins_anew(
    detector: Sequence, events: list[Came], expected: list[int]
) -> None:
    assert fired(detector, events) == expected


def test_it_says_which_step_came_and_what_is_awaited() -> None:
    assert told(of(3), (0, A), (1, B), (2, A), (3, [0, 1]), (4, C)) == [
        "step 1 of 3 (a) came; b is awaited until 12:00:05Z",
        "step 2 of 3 (b) came; c is awaited until 12:00:05Z",
        "step 1 of 3 (a) came; b is awaited until 12:00:07Z",
        "step 2 of 3 (b) came; c is awaited until 12:00:07Z",
        "all 3 steps came in 5 s",
    ]
    assert told(of(3), (0, B), (1, A), (70, C), (1, C), (70, [])) == [
        "it is step 2 of 3 (b); what goes before it did not come in 5 s",
        "step 1 of 3 (a) came; b is awaited until 12:00:06Z",
        "it is step 3 of 3 (c); what goes before it did not come in 5 s",
        "it came too late: newer events were decided on before it",
        "it is none of the steps",
    ]
    assert told(of(2, within=86_400), (0, A)) == ["step 1 of 2 (a) came; b is awaited until 2026-01-06T12:00:00Z"]
    assert told(of(3, ordered=False), (0, C), (1, C), (2, A), (3, B)) == [
        "1 of 3 steps came (c); a, b are awaited until 12:00:05Z",
        "1 of 3 steps came (c); a, b are awaited until 12:00:06Z",
        "2 of 3 steps came (a, c); b is awaited until 12:00:06Z",
        "all 3 steps came in 5 s",
    ]


def scope(type_: str, **data: object) -> Scope:
    return scopes.build(now=datetime(2026, 1, 5, tzinfo=UTC), event={"type": type_, "data": data})


def test_it_reads_which_steps_an_event_could_fill() -> None:
    big = Part.of("order.paid", {"total": {"gte": 100}})
    detector = Sequence((big, Part.of("order.*", {}), Part.of("lead.made", {}), big), 5)

    read = [detector.read(each) for each in (scope("order.paid", total=100), scope("order.paid"), scope("lead.lost"))]

    assert read == [[0, 1, 3], [1], []]


def test_an_operator_with_a_fault_fills_no_step() -> None:
    detector = Sequence((Part.of("a", {}), Part.of("a", {"n": 1})), 5)

    with mock.patch.object(Part, "holds", side_effect=[True, ValueError]):
        assert detector.read(scope("a")) == [0]


def completes(steps: int, events: list[Came], *, within: float, ordered: bool) -> bool:
    """Whether all steps are among the events, by trying all ways. `events` by time."""

    def found(step: int, used: tuple[int, ...]) -> bool:
        if step == steps:
            instants = [events[place][0] for place in used]
            return max(instants) - min(instants) <= within and (
                not ordered or all(one < other for one, other in pairwise(used))
            )
        return any(
            found(step + 1, (*used, place))
            for place, (_, fills) in enumerate(events)
            if step in fills and place not in used
        )

    return found(0, ())


def expected(detector: Sequence, events: list[Came]) -> list[int]:
    since = 0
    places: list[int] = []
    for place in range(len(events)):
        seen = events[since : place + 1]
        if completes(len(detector.parts), seen, within=detector.within_seconds, ordered=detector.ordered):
            places, since = [*places, place], place + 1
    return places


STEPS = st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True)
EVENTS = st.lists(st.tuples(st.integers(0, 4), STEPS), max_size=10)


@given(gaps=EVENTS, ordered=st.booleans(), steps=st.integers(2, 3), log=st.sampled_from([3, MAX_LOG]))
def test_it_fires_as_trying_all_ways_does(gaps: list[Came], ordered: bool, steps: int, log: int) -> None:
    instants = [sum(gap for gap, _ in gaps[: place + 1]) for place in range(len(gaps))]
    kept = [[each for each in fills if each < steps] or [0] for _, fills in gaps]
    events = [*zip(instants, kept, strict=True)]
    detector = of(steps, ordered=ordered)

    with mock.patch.object(sequence, "MAX_LOG", log):
        assert fired(detector, events) == expected(detector, events)


@given(
    events=st.lists(st.tuples(st.integers(0, 50), STEPS), max_size=8, unique_by=lambda each: each[0]),
    ordered=st.booleans(),
)
def test_what_only_the_last_completes_fires_once_in_whatever_order_it_is_decided(
    events: list[Came], ordered: bool
) -> None:
    detector = of(3, within=30, ordered=ordered)
    in_time = sorted(events)
    wanted = expected(detector, in_time)

    if wanted in ([], [len(events) - 1]):
        assert len(fired(detector, events)) == len(wanted)


@pytest.mark.parametrize("ordered", [True, False])
def test_a_state_stays_small_and_what_it_was_is_known_all_the_same(ordered: bool) -> None:
    detector = of(3, within=3600, ordered=ordered)
    state = detector.step({}, at=0, value=A).state
    for number in range(3 * MAX_LOG):
        step = detector.step(state, at=number, value=B)
        state = step.state
        assert not step.fires

    assert len(state["log"]) == MAX_LOG
    assert detector.step(state, at=3 * MAX_LOG, value=C).fires
    late = detector.step(state, at=-1, value=C)
    assert (late.fires, late.state == state) == (not ordered, ordered)


def test_what_is_too_old_is_dropped() -> None:
    detector = of(3)
    state = detector.step({}, at=0, value=A).state

    after = detector.step(state, at=5 * SECOND + LATE + 1, value=A).state

    assert [entry[0] for entry in after["log"]] == [5 * SECOND + LATE + 1]
    assert detector.step(after, at=0, value=B).state == after
