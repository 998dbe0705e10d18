"""The planner: what follows from how far the actions of a graph are."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given

from tests.workflows.engine.graphs import (
    CANCELLED,
    COMPLETED,
    FAILED,
    NEEDS_DECISION,
    PENDING,
    QUEUED,
    RUNNING,
    SKIPPED,
    WAITING,
    Case,
    Walk,
    cases,
    may_start,
    outcome,
    randoms,
)
from workflows.engine.graph import ERROR, Graph, Join, Need, Node
from workflows.engine.planner import Decision, State, decide
from workflows.engine.states import FINISHED_ACTION, ActionStatus

A, B, C = Node("a"), Node("b", (Need("a"),)), Node("c", (Need("b"),))
LINE = Graph((A, B, C))
ANY_LINE = Graph((A, replace(B, join=Join.ANY), C))
TOLERANT = Graph((replace(A, allow_failure=True), B))
CAUGHT = Graph((A, B, Node("h", (Need("a", ERROR),))))
BOTH = Graph((replace(A, allow_failure=True), B, Node("h", (Need("a", ERROR),))))
ASKED = Graph((Node("a", default_port="true"), Node("t", (Need("a", "true"),)), Node("f", (Need("a", "false"),))))
ALL_OF = Graph((A, Node("x"), Node("j", (Need("a"), Need("x")))))
ANY_OF = Graph((A, Node("x"), Node("j", (Need("a"), Need("x")), Join.ANY)))
EITHER = Graph((*ASKED.nodes, Node("j", (Need("t"), Need("f")), Join.ANY)))
EACH = Graph((*ASKED.nodes, Node("j", (Need("t"), Need("f")))))
APART = Graph((A, Node("x"), Node("y"), Node("z", (Need("y"),))))
HELD = State(WAITING, is_container=True)
HALTED = replace(HELD, is_ending=True)
TRUE, FALSE = State(COMPLETED, "true"), State(COMPLETED, "false")

Given = tuple[ActionStatus | State, ...]


def states(graph: Graph, given_: Given) -> dict[str, State]:
    return {
        node.key: state if isinstance(state, State) else State(state)
        for node, state in zip(graph.nodes, given_, strict=True)
    }


@pytest.mark.parametrize(
    ("graph", "given_", "expected"),
    [
        pytest.param(Graph(()), (), Decision(end=COMPLETED), id="nothing to do is done"),
        pytest.param(LINE, (PENDING,) * 3, Decision(start=("a",)), id="the first starts"),
        pytest.param(LINE, (COMPLETED, PENDING, PENDING), Decision(start=("b",)), id="the next one starts"),
        pytest.param(LINE, (QUEUED, PENDING, PENDING), Decision(), id="nothing while one is queued"),
        pytest.param(LINE, (RUNNING, PENDING, PENDING), Decision(), id="nothing while one is running"),
        pytest.param(LINE, (WAITING, PENDING, PENDING), Decision(), id="nothing while one waits"),
        pytest.param(LINE, (NEEDS_DECISION, PENDING, PENDING), Decision(), id="nothing while a person is asked"),
        pytest.param(LINE, (COMPLETED,) * 3, Decision(end=COMPLETED), id="it completes with the last"),
        pytest.param(APART, (PENDING,) * 4, Decision(start=("a", "x", "y")), id="what needs nothing starts together"),
    ],
)
def test_one_after_the_other(graph: Graph, given_: Given, expected: Decision) -> None:
    assert decide(graph, states(graph, given_)) == expected


@pytest.mark.parametrize(
    ("graph", "given_", "expected"),
    [
        pytest.param(ALL_OF, (COMPLETED, RUNNING, PENDING), Decision(), id="all: one of two is not enough"),
        pytest.param(ALL_OF, (COMPLETED, COMPLETED, PENDING), Decision(start=("j",)), id="all: both are"),
        pytest.param(ALL_OF, (SKIPPED, RUNNING, PENDING), Decision(skip=("j",)), id="all: one cannot be, so skipped"),
        pytest.param(ANY_OF, (RUNNING, RUNNING, PENDING), Decision(), id="any: none yet"),
        pytest.param(ANY_OF, (COMPLETED, RUNNING, PENDING), Decision(start=("j",)), id="any: one is enough"),
        pytest.param(ANY_OF, (SKIPPED, RUNNING, PENDING), Decision(), id="any: one cannot be, the other can"),
        pytest.param(ANY_OF, (COMPLETED, COMPLETED, COMPLETED), Decision(end=COMPLETED), id="any: started only once"),
        pytest.param(
            ANY_OF, (SKIPPED, SKIPPED, PENDING), Decision(skip=("j",), end=COMPLETED), id="any: neither can be"
        ),
        pytest.param(ANY_LINE, (PENDING,) * 3, Decision(start=("a",)), id="any: of nothing is met"),
    ],
)
def test_joins(graph: Graph, given_: Given, expected: Decision) -> None:
    assert decide(graph, states(graph, given_)) == expected


@pytest.mark.parametrize(
    ("graph", "given_", "expected"),
    [
        pytest.param(ASKED, (TRUE, PENDING, PENDING), Decision(start=("t",), skip=("f",)), id="one port"),
        pytest.param(ASKED, (FALSE, PENDING, PENDING), Decision(start=("f",), skip=("t",)), id="the other port"),
        pytest.param(ASKED, (COMPLETED, PENDING, PENDING), Decision(start=("t",), skip=("f",)), id="the default port"),
        pytest.param(EITHER, (FALSE, PENDING, PENDING, PENDING), Decision(start=("f",), skip=("t",)), id="join any"),
        pytest.param(EITHER, (FALSE, SKIPPED, COMPLETED, PENDING), Decision(start=("j",)), id="join any, next"),
        pytest.param(EACH, (FALSE, PENDING, PENDING, PENDING), Decision(start=("f",), skip=("t", "j")), id="join all"),
        pytest.param(LINE, (SKIPPED, PENDING, PENDING), Decision(skip=("b", "c"), end=COMPLETED), id="a cascade"),
        pytest.param(
            Graph((C, B, A)), (PENDING, PENDING, SKIPPED), Decision(skip=("c", "b"), end=COMPLETED), id="backwards"
        ),
        pytest.param(
            LINE, (CANCELLED, PENDING, PENDING), Decision(skip=("b", "c"), end=CANCELLED), id="a cancelled one"
        ),
        pytest.param(ANY_OF, (CANCELLED, COMPLETED, COMPLETED), Decision(end=CANCELLED), id="cancelled beside others"),
    ],
)
def test_ports_and_what_is_skipped(graph: Graph, given_: Given, expected: Decision) -> None:
    assert decide(graph, states(graph, given_)) == expected


@pytest.mark.parametrize(
    ("graph", "given_", "expected"),
    [
        pytest.param(TOLERANT, (FAILED, PENDING), Decision(start=("b",)), id="allowed: it goes on"),
        pytest.param(TOLERANT, (FAILED, COMPLETED), Decision(end=COMPLETED), id="allowed: it completes"),
        pytest.param(BOTH, (FAILED, PENDING, PENDING), Decision(start=("b", "h")), id="allowed: both ports fire"),
        pytest.param(BOTH, (COMPLETED, PENDING, PENDING), Decision(start=("b",), skip=("h",)), id="no error to handle"),
        pytest.param(CAUGHT, (FAILED, PENDING, PENDING), Decision(start=("h",), skip=("b",)), id="handled"),
        pytest.param(CAUGHT, (FAILED, SKIPPED, COMPLETED), Decision(end=COMPLETED), id="handled: it completes"),
        pytest.param(CAUGHT, (FAILED, SKIPPED, FAILED), Decision(end=FAILED, failed="h"), id="the handler failed"),
        # Whoever needs an error has said what is to follow from it, even if it is nothing in the end.
        pytest.param(CAUGHT, (FAILED, SKIPPED, SKIPPED), Decision(end=COMPLETED), id="the handler was skipped"),
    ],
)
def test_failures_that_somebody_expects(graph: Graph, given_: Given, expected: Decision) -> None:
    assert decide(graph, states(graph, given_)) == expected


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        pytest.param((PENDING,) * 3, Decision(skip=("x", "y", "z"), end=FAILED), id="pending: skipped"),
        pytest.param((RUNNING, COMPLETED, PENDING), Decision(skip=("z",)), id="running: may end"),
        pytest.param((NEEDS_DECISION, COMPLETED, PENDING), Decision(skip=("z",)), id="a person is asked: may end"),
        pytest.param(
            (QUEUED, WAITING, PENDING),
            Decision(skip=("z",), cancel=("x", "y"), end=FAILED),
            id="queued and waiting: cancelled, and that is the end",
        ),
        pytest.param((QUEUED, RUNNING, PENDING), Decision(skip=("z",), cancel=("x",)), id="queued beside running"),
        pytest.param((HELD, QUEUED, SKIPPED), Decision(cancel=("y",), halt=("x",)), id="a container: halted"),
        pytest.param((HALTED, CANCELLED, SKIPPED), Decision(), id="a halted container: waited for"),
        pytest.param((FAILED, COMPLETED, COMPLETED), Decision(end=FAILED), id="the first of two is named"),
        pytest.param((COMPLETED, CANCELLED, SKIPPED), Decision(end=FAILED), id="failed outweighs cancelled"),
    ],
)
def test_a_failure_that_nobody_handles(given_: Given, expected: Decision) -> None:
    assert decide(APART, states(APART, (FAILED, *given_))) == replace(expected, failed="a")


@given(cases(), randoms)
def test_the_planner_answers_the_same_and_has_nothing_more_to_say_once_that_is_done(case: Case, random: Random) -> None:
    for step in Walk(case, random).steps():
        assert decide(case.graph, step.before) == step.decision
        again = decide(case.graph, step.after)
        assert again == Decision(end=step.decision.end, failed=step.decision.failed)


@given(cases(), randoms)
def test_every_graph_ends_with_all_its_actions_by_the_word_that_they_give_it(case: Case, random: Random) -> None:
    *_, last = Walk(case, random).steps()

    ended = {state.status for state in last.after.values()}
    failed = [key for key in last.after if case.is_unhandled(key, last.after)]
    assert ended <= FINISHED_ACTION
    assert last.decision.end == (FAILED if failed else CANCELLED if CANCELLED in ended else COMPLETED)
    assert last.decision.failed == (failed[0] if failed else None)


@given(cases(), randoms)
def test_an_action_starts_as_soon_as_its_needs_are_met_and_never_before(case: Case, random: Random) -> None:
    graph, started = case.graph, list[str]()

    for step in Walk(case, random).steps():
        startable = [
            node.key
            for node in graph.nodes
            if step.before[node.key].status is PENDING and may_start(graph, node, step.before)
        ]
        is_failed = any(case.is_unhandled(key, step.before) for key in step.before)
        assert list(step.decision.start) == ([] if is_failed else startable)
        started += step.decision.start

    assert len(set(started)) == len(started)


@given(cases(), randoms)
def test_only_a_failure_that_nobody_handles_ends_what_is_underway_and_never_what_runs(
    case: Case, random: Random
) -> None:
    for step in Walk(case, random).steps():
        is_failed = any(case.is_unhandled(key, step.before) for key in step.before)
        ended = {key: step.before[key] for key in (*step.decision.cancel, *step.decision.halt)}
        assert is_failed or not ended
        assert {step.before[key].status for key in step.decision.cancel} <= {QUEUED, WAITING}
        assert not any(step.before[key].is_container for key in step.decision.cancel)
        assert all(state.is_container and not state.is_ending for key, state in ended.items() if state.is_container)
        assert all(step.before[key].status is PENDING for key in step.decision.skip)


@given(cases(may_fail_the_run=False), randoms)
def test_how_all_ends_does_not_depend_on_who_is_first(case: Case, random: Random) -> None:
    *_, last = Walk(case, random).steps()

    assert last.after == outcome(case)


@given(cases(), randoms)
def test_one_that_alone_follows_is_all_that_starts_when_the_one_before_ended_well(case: Case, random: Random) -> None:
    """What lets a worker go on with the next action without asking who else waits."""
    graph = case.graph

    for step in Walk(case, random).steps():
        ended = step.before[step.moved] if step.moved else State(PENDING)
        follower = graph.only_follower(step.moved) if step.moved else None
        is_well = ended.status is COMPLETED and ended.port in {"", graph.by_key[step.moved or ""].default_port}
        if follower and is_well and not any(case.is_unhandled(key, step.before) for key in step.before):
            assert step.decision == Decision(start=(follower.key,))


def test_what_was_left_out_fires_once_its_own_needs_are_met() -> None:
    left_out = State(SKIPPED, "done")

    assert decide(LINE, {"a": State(RUNNING), "b": left_out, "c": State(PENDING)}) == Decision()
    assert decide(LINE, {"a": State(COMPLETED), "b": left_out, "c": State(PENDING)}) == Decision(start=("c",))
    assert decide(LINE, {"a": State(SKIPPED), "b": left_out, "c": State(PENDING)}).skip == ("c",)
    assert decide(LINE, {"a": left_out, "b": left_out, "c": State(PENDING)}) == Decision(start=("c",))
