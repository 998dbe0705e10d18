"""The check of how actions follow each other: needs, ports, circles, dead ends."""

import time
from typing import Any

import pytest

from core.errors import Problem
from tests.factories import definition
from workflows.definitions import plan, shorthand
from workflows.definitions.check import check
from workflows.definitions.document import Definition
from workflows.definitions.references import Known
from workflows.engine.graph import Need

Json = dict[str, Any]


def action(key: str, type_: str = "log_event", **parts: Any) -> Json:
    params = {"message": "x"} if type_ == "log_event" else {}
    return {"id": key, "type": type_, "params": params, **parts}


def problems(*actions: Json) -> list[Problem]:
    return check(shorthand.normalise(definition(*actions)), Known())


def found(*actions: Json) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in problems(*actions)]


FORK = action("fork", "test_ports")
CHOICE = action("choice", "test_choice", params={"cases": {"gold": 1, "big": 2}})


@pytest.mark.parametrize(
    "actions",
    [
        pytest.param([action("a"), action("b")], id="one after the other"),
        pytest.param([action("a", needs=["b"]), action("b", needs=[])], id="against the order of the document"),
        pytest.param([FORK, action("a", needs=["fork.yes"]), action("b", needs=["fork.no"])], id="two ports"),
        pytest.param([FORK, action("a")], id="the default port of several"),
        pytest.param([action("a"), action("b", needs=["a.error"])], id="an error handler"),
        pytest.param([FORK, action("a", needs=["fork.yes", "fork.no"], join="any")], id="either port"),
        pytest.param([CHOICE, action("a", needs=["choice.default"])], id="the last case"),
        pytest.param(
            [action("a", allow_failure=True), action("b", needs=["a", "a.error"])],
            id="both ports of an allowed failure",
        ),
        pytest.param(
            [
                FORK,
                action("a", needs=["fork.yes"]),
                action("b", needs=["fork.no"]),
                action("c", needs=["a", "b"], join="any"),
            ],
            id="branches that meet again",
        ),
        pytest.param([action("end", "test_end"), action("a", needs=[])], id="beside the end"),
        pytest.param([action("end", "test_end"), action("a", needs=["end.error"])], id="the end went wrong"),
        pytest.param([{**FORK, "for_each": [1]}, action("a", needs=["fork.done"])], id="a loop has the port done"),
        pytest.param([{**CHOICE, "for_each": [1]}, action("a")], id="a loop has one port only"),
    ],
)
def test_actions_that_can_follow_each_other_have_no_problems(actions: list[Json]) -> None:
    assert problems(*actions) == []


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        pytest.param(
            [action("check"), action("b", needs=["chekc"])],
            Problem("/actions/1/needs/0", "unknown_need", "There is no action 'chekc'. Did you mean 'check'?"),
            id="no such action",
        ),
        pytest.param(
            [FORK, action("a", needs=["fork.done"])],
            Problem("/actions/1/needs/0", "unknown_port", "'fork' has no port 'done'; it has yes, no, error."),
            id="no such port",
        ),
        pytest.param(
            [{**FORK, "for_each": [1]}, action("a", needs=["fork.yes"])],
            Problem("/actions/1/needs/0", "unknown_port", "'fork' has no port 'yes'; it has done, error."),
            id="the port of an item",
        ),
        pytest.param(
            [CHOICE, action("a", needs=["choice"])],
            Problem(
                "/actions/1/needs/0",
                "missing_port",
                "Say which port of 'choice' is needed: gold, big, default; for example `needs: [choice.gold]`.",
            ),
            id="which port",
        ),
        pytest.param(
            [CHOICE, action("a")],
            Problem(
                "/actions/1",
                "missing_port",
                "Say which port of 'choice' is needed: gold, big, default; for example `needs: [choice.gold]`.",
            ),
            id="which port, of the action before",
        ),
        pytest.param(
            [action("a", needs=["a"])],
            Problem("/actions/0/needs/0", "needs_itself", "'a' needs itself, so it would never start."),
            id="itself",
        ),
        pytest.param(
            [action("a"), action("b", needs=["a", "a.done"])],
            Problem("/actions/1/needs/1", "duplicate_need", "'a' is needed twice in the same way."),
            id="twice",
        ),
        pytest.param(
            [action("a", needs=["c"]), action("b"), action("c")],
            Problem(
                "/actions/1",
                "circle",
                "None of these can start: 'a' needs 'c', which needs 'b', which needs 'a'.",
            ),
            id="a circle",
        ),
        pytest.param(
            [FORK, action("a", needs=["fork.yes", "fork.no"])],
            Problem(
                "/actions/1",
                "unreachable",
                "'a' can never start: 'fork' fires only one of no, yes; write `join: any` if either will do.",
            ),
            id="ports that exclude each other",
        ),
        pytest.param(
            [action("end", "test_end"), action("a")],
            Problem(
                "/actions/1",
                "unreachable",
                "'a' can never start: nothing comes after 'end'; say with `needs` what it is to follow.",
            ),
            id="after the end",
        ),
    ],
)
def test_a_need_that_cannot_be_met_is_a_problem_that_says_why(actions: list[Json], expected: Problem) -> None:
    assert problems(*actions) == [expected]


def test_what_needs_an_action_that_can_never_start_can_never_start_either() -> None:
    found_ = problems(
        FORK,
        action("a", needs=["fork.yes"]),
        action("b", needs=["fork.no"]),
        action("both", needs=["a", "b"]),
        action("after", needs=["both"]),
        action("rescued", needs=["after", "a"], join="any"),
    )

    assert [(problem.path, problem.message) for problem in found_] == [
        (
            "/actions/3",
            "'both' can never start: 'fork' fires only one of no, yes; write `join: any` if either will do.",
        ),
        ("/actions/4", "'after' can never start: it needs 'both', which can never start."),
    ]


def test_of_an_unreachable_join_of_any_every_way_is_closed() -> None:
    end, other = action("end", "test_end"), action("other", "test_end", needs=[])

    assert found(end, other, action("a", needs=["end", "other"], join="any")) == [("/actions/2", "unreachable")]
    assert found(end, other, action("a", needs=["end", "other.error"], join="any")) == []


def test_every_circle_is_told_and_only_once() -> None:
    actions = [
        action("a", needs=["b", "c"]),
        action("b", needs=["a"]),
        action("c", needs=["a"]),
        action("d", needs=["e"]),
        action("e", needs=["d"]),
    ]

    assert [problem.message for problem in problems(*actions)] == [
        "None of these can start: 'a' needs 'b', which needs 'a'.",
        "None of these can start: 'a' needs 'c', which needs 'a'.",
        "None of these can start: 'd' needs 'e', which needs 'd'.",
    ]


def test_of_a_long_circle_the_beginning_is_named() -> None:
    actions = [action("a0", needs=["a49"]), *(action(f"a{number}") for number in range(1, 50))]

    (problem,) = problems(*actions)

    assert problem.message.startswith("None of these can start: 'a0' needs 'a49', which needs 'a48', ")
    assert problem.message.endswith("which needs 'a41', which needs ..., which needs 'a0'.")


def test_needs_do_not_cross_the_walls_of_a_body() -> None:
    inside = [action("inner", needs=["before"]), action("other", needs=["group"])]
    group = action("group", "test_group", params={"groups": {"one": inside}})

    messages = [problem.message for problem in problems(action("before"), group, action("after", needs=["inner"]))]

    assert messages == [
        "'inner' stands inside 'group', and needs cannot cross that; need 'group', which holds it.",
        (
            "'before' stands outside, and needs cannot cross that; "
            "write it in the `needs` of 'group', which holds this action."
        ),
        "This action stands inside 'group' and starts with it; take the need out.",
    ]


def test_branches_of_one_container_may_need_each_other() -> None:
    groups = {"one": [action("a")], "two": [action("b", needs=["a"])]}

    assert problems(action("group", "test_group", params={"groups": groups})) == []


@pytest.mark.parametrize("needs", [5, "no spaces", [5], [None], ["a b"], [["a"]], {"a": 1}], ids=str)
def test_needs_that_are_none_are_left_to_the_check_of_the_shape(needs: Any) -> None:
    assert {code for _, code in found(action("a"), action("b", needs=needs))} == {"invalid"}


def test_a_hostile_graph_is_checked_in_no_time() -> None:
    keys = [f"a{number}" for number in range(100)]
    cases = {f"case{number}": number for number in range(4000)}
    needs = {key: [f"{each}.error" for each in keys if each != key] for key in keys}
    switch = action("a0", "test_choice", params={"cases": cases}, needs=needs["a0"])
    others = [action(key, needs=needs[key]) for key in keys[1:]]

    started = time.process_time()
    codes = {code for _, code in found(switch, *others)}

    assert codes == {"circle"}
    assert time.process_time() - started < 5


def test_a_mesh_without_circles_is_checked_in_no_time() -> None:
    actions = [action(f"a{number}", needs=[f"a{each}" for each in range(number)]) for number in range(100)]

    started = time.process_time()

    assert found(*actions) == []
    assert time.process_time() - started < 5


def test_the_plan_of_a_run_means_the_same_port_by_default() -> None:
    document = shorthand.normalise(definition({**FORK, "for_each": [1]}, action("a"), {**FORK, "id": "b"}, action("c")))

    graph = plan.compile(Definition.model_validate(document)).graph

    assert [node.needs for node in graph.nodes] == [(), (Need("fork", "done"),), (Need("a"),), (Need("b", "yes"),)]
