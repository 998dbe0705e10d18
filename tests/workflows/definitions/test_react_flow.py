"""React Flow: a definition drawn as nodes and edges, and a drawing read as a definition."""

import time
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidError
from tests.factories import definition, log_event
from workflows.definitions import react_flow
from workflows.definitions.check import check
from workflows.definitions.references import Known
from workflows.definitions.shorthand import normalise

Json = dict[str, Any]

WELCOME = normalise(
    {
        "name": "Welcome",
        "trigger": "lead.created",
        "settings": {"timeout_seconds": 60},
        "actions": [
            {"id": "fork", "type": "test_ports", "title": "Which?"},
            log_event("x", id="good", needs=["fork.yes"], **{"if": {"field": "a", "operator": "exists"}}),
            {"id": "box", "type": "test_group", "needs": ["fork.no"], "groups": {"left": [log_event("y", id="inner")]}},
        ],
    }
)
DRAWN: Json = {
    "name": "Welcome",
    "settings": {"timeout_seconds": 60},
    "nodes": [
        {
            "id": "trigger:t1",
            "type": "trigger",
            "position": {"x": 40, "y": 40},
            "data": {"kind": "trigger", "type": "lead.created"},
        },
        {
            "id": "fork",
            "type": "action",
            "position": {"x": 320, "y": 40},
            "data": {"type": "test_ports", "title": "Which?"},
        },
        {
            "id": "good",
            "type": "action",
            "position": {"x": 600, "y": 40},
            "data": {
                "type": "log_event",
                "params": {"message": "x"},
                "needs": ["fork.yes"],
                "if": {"field": "a", "operator": "exists", "value": True},
            },
        },
        {
            "id": "box",
            "type": "action",
            "position": {"x": 600, "y": 180},
            "data": {"type": "test_group", "params": {"groups": {"left": []}}, "needs": ["fork.no"]},
        },
        {
            "id": "inner",
            "type": "action",
            "position": {"x": 40, "y": 40},
            "parentId": "box",
            "data": {"type": "log_event", "params": {"message": "y"}, "branch": "left"},
        },
    ],
    "edges": [
        {"id": "trigger:t1>fork", "source": "trigger:t1", "target": "fork"},
        {"id": "fork.yes>good", "source": "fork", "target": "good", "sourceHandle": "yes"},
        {"id": "fork.no>box", "source": "fork", "target": "box", "sourceHandle": "no"},
    ],
}


def test_a_definition_is_drawn_in_layers() -> None:
    assert react_flow.to_graph(WELCOME) == DRAWN


def test_what_was_drawn_is_read_as_the_same_definition() -> None:
    assert normalise(DRAWN) == WELCOME
    assert check(normalise(DRAWN), Known()) == []


def test_positions_are_kept_beside_the_definition() -> None:
    moved = deepcopy(DRAWN)
    moved["nodes"][2]["position"] = {"x": -7, "y": 0.5}

    layout = react_flow.layout(moved)

    assert layout["good"] == {"x": -7, "y": 0.5}
    assert layout["trigger:t1"] == {"x": 40, "y": 40}
    assert react_flow.to_graph(WELCOME, positions=layout) == moved


@pytest.mark.parametrize(
    "position", [None, 5, {}, {"x": 1}, {"x": "1", "y": 2}, {"x": True, "y": 2}, {"x": float("nan"), "y": 2}], ids=str
)
def test_what_is_no_position_is_left_out_of_the_layout(position: Any) -> None:
    assert react_flow.layout({"nodes": [{"id": "a", "position": position}]}) == {}


@pytest.mark.parametrize("document", [{}, {"nodes": 5}, {"nodes": [5, {}]}, {"nodes": [], "actions": []}], ids=str)
def test_the_layout_of_anything_else_is_empty(document: Json) -> None:
    assert react_flow.layout(document) == {}


def graph(nodes: list[Json], edges: list[Any] | None = None, **others: Any) -> Json:
    return {"name": "x", "nodes": nodes, "edges": edges or [], **others}


def node(key: str, type_: str = "log_event", **parts: Any) -> Json:
    return {"id": key, "data": {"type": type_}, **parts}


def edge(source: str, target: str, **parts: Any) -> Json:
    return {"source": source, "target": target, **parts}


TRIGGER = {"id": "start", "type": "trigger", "data": {"type": "lead.created"}}


def test_a_graph_made_by_hand_is_read() -> None:
    nodes = [
        TRIGGER,
        node("a"),
        node("b"),
        node("c", type="x"),
        {"id": "d", "type": "log_event", "data": {"label": "D"}},
    ]
    edges = [edge("start", "a"), edge("a", "b"), edge("a", "c", sourceHandle="error"), edge("start", "d")]

    assert react_flow.from_graph(graph(nodes, edges)) == {
        "name": "x",
        "triggers": [{"id": "start", "type": "lead.created"}],
        "actions": [
            {"id": "a", "type": "log_event"},
            {"id": "b", "type": "log_event"},
            {"id": "c", "type": "log_event", "needs": ["a.error"]},
            {"id": "d", "type": "log_event", "title": "D", "needs": []},
        ],
    }


def test_ids_that_no_action_can_have_become_ones_that_it_can() -> None:
    nodes = [TRIGGER, {**node("1"), "position": {"x": 1, "y": 2}}, node("node-1"), node("node_1")]
    drawn = graph(nodes, [edge("start", "1"), edge("1", "node-1"), edge("1", "node_1")])

    actions = react_flow.from_graph(drawn)["actions"]

    assert [(each["id"], each.get("needs")) for each in actions] == [
        ("action_1", None),
        ("node_1_2", None),
        ("node_1", ["action_1"]),
    ]
    assert react_flow.layout(drawn) == {"action_1": {"x": 1, "y": 2}}


def test_edges_decide_about_needs_whatever_the_data_says() -> None:
    moved = deepcopy(DRAWN)
    moved["edges"][1] = edge("box", "good")

    assert normalise(moved)["actions"][1]["needs"] == ["box"]


def test_a_need_of_what_is_not_there_survives_being_drawn() -> None:
    draft = normalise(definition(log_event("x", id="a"), log_event("y", id="b", needs=["nope", "a"])))

    assert normalise(react_flow.to_graph(draft)) == draft


def test_triggers_may_stand_beside_the_graph() -> None:
    beside = graph([TRIGGER, node("a")], triggers=[{"id": "t1", "type": "a.b"}])

    assert [trigger["id"] for trigger in react_flow.from_graph(beside)["triggers"]] == ["t1", "start"]


def test_children_make_the_lists_of_their_parent() -> None:
    nodes = [
        node("box", "test_group"),
        node("a", parentId="box") | {"data": {"type": "log_event", "branch": "x/y"}},
        node("loop", "test_each"),
        node("b", parentNode="loop"),
        node("c", parentId="loop"),
    ]

    box, loop = react_flow.from_graph(graph(nodes, [edge("b", "c")]))["actions"]

    assert box["params"] == {"groups": {"x/y": [{"id": "a", "type": "log_event"}]}}
    assert loop["params"] == {"actions": [{"id": "b", "type": "log_event"}, {"id": "c", "type": "log_event"}]}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (graph([node("a")], [edge("a", "b")]), [("/edges/0/target", "unknown_node")]),
        (graph([node("a")], [edge("b", "a")]), [("/edges/0/source", "unknown_node")]),
        (
            graph([node("a")], [{"source": 5}]),
            [("/edges/0/source", "unknown_node"), ("/edges/0/target", "unknown_node")],
        ),
        (graph([node("a"), node("b")], [edge("a", "b", sourceHandle=5)]), [("/edges/0/sourceHandle", "invalid")]),
        (graph([node("a"), TRIGGER], [edge("a", "start")]), [("/edges/0/target", "invalid")]),
        (graph([node("a"), node("a")]), [("/nodes/1/id", "duplicate_id")]),
        (graph([{"data": {}}]), [("/nodes/0/id", "missing")]),
        (graph([{"id": "a", "data": 5}]), [("/nodes/0/data", "invalid")]),
        (graph([node("a", parentId="b")]), [("/nodes/0/parentId", "invalid_parent")]),
        (graph([node("b"), node("a", parentId="b")]), [("/nodes/1/parentId", "invalid_parent")]),
        (graph([node("b", "test_when"), node("a", parentId="b")]), [("/nodes/1/parentId", "invalid_parent")]),
        (graph([node("b", "test_group"), node("a", parentId="b")]), [("/nodes/1/parentId", "invalid_parent")]),
        (graph([TRIGGER, node("a", parentId="start")]), [("/nodes/1/parentId", "invalid_parent")]),
        (
            graph([node("b", "test_each", parentId="a"), node("a", "test_each", parentId="b")]),
            [("/nodes/0/parentId", "too_deep"), ("/nodes/1/parentId", "too_deep")],
        ),
        ({"nodes": 5, "edges": "x"}, [("/nodes", "invalid"), ("/edges", "invalid")]),
        ({"nodes": [5], "edges": [5]}, [("/nodes/0", "invalid"), ("/edges/0", "invalid")]),
        (graph([{}] * 1001), [("/nodes", "too_many")]),
        (graph([], [{}] * 20_001), [("/edges", "too_many")]),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_cannot_be_read_is_left_as_it_stands_and_told(document: Json, expected: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidError) as raised:
        react_flow.from_graph(document)

    assert [(problem.path, problem.code) for problem in raised.value.problems] == expected
    assert normalise(document) == document
    assert check(document, Known()) == list(raised.value.problems)


def test_what_is_wrong_with_the_actions_is_told_of_the_canonical_form() -> None:
    circle = graph([TRIGGER, node("a"), node("c", "x"), node("b")], [edge("a", "b"), edge("b", "a")])

    found = {(problem.path, problem.code) for problem in check(normalise(circle), Known())}

    assert {("/actions/1/type", "unknown_action_type"), ("/actions/2/needs/0", "circle")} <= found


keys = st.sampled_from([f"a{number}" for number in range(12)])
needs = st.lists(st.tuples(keys, st.sampled_from(["", ".error", ".yes"])).map("".join), max_size=3)


def part(bodies: st.SearchStrategy[list[Json]]) -> st.SearchStrategy[Json]:
    """Actions with whatever parts, ids aside."""
    other: Json = {
        "title": st.text("abc", max_size=3),
        "needs": needs,
        "join": st.just("any"),
        "for_each": st.just({"items": [1]}),
        "undo": st.just({"type": "log_event", "params": {"message": "x"}}),
    }
    kinds: list[tuple[str, st.SearchStrategy[Json]]] = [
        ("log_event", st.just({"message": "x"})),
        ("test_ports", st.just({})),
        ("test_each", st.fixed_dictionaries({"actions": bodies})),
        ("test_group", st.fixed_dictionaries({"groups": st.dictionaries(st.sampled_from("ab/"), bodies, max_size=2)})),
    ]
    return st.one_of(
        [st.fixed_dictionaries({"type": st.just(type_), "params": params}, optional=other) for type_, params in kinds]
    )


parts = st.recursive(
    st.lists(part(st.just([])), max_size=2), lambda inner: st.lists(part(inner), max_size=3), max_leaves=6
)
triggers = st.lists(st.fixed_dictionaries({"type": st.just("a.b")}, optional={"title": st.just("T")}), max_size=2)


def canonical(written: list[Json], starts: list[Json]) -> Json:
    """A definition with ids a0, a1, ... in the order of the document."""
    numbers = iter(range(1000))

    def named(actions: list[Json]) -> list[Json]:
        result = []
        for each in actions:
            key = f"a{next(numbers)}"
            params = each["params"]
            if "actions" in params:
                params = {"actions": named(params["actions"])}
            if "groups" in params:
                params = {"groups": {name: named(body) for name, body in params["groups"].items()}}
            result.append({"id": key, **each, "params": params})
        return result

    return normalise({"name": "x", **({"triggers": starts} if starts else {}), "actions": named(written)})


@given(parts, triggers)
def test_drawing_and_reading_gives_the_same_definition(written: list[Json], starts: list[Json]) -> None:
    document = canonical(written, starts)

    drawn = react_flow.to_graph(document)

    assert react_flow.from_graph(drawn) == document
    assert normalise(drawn) == document
    assert react_flow.to_graph(normalise(drawn), positions=react_flow.layout(drawn)) == drawn
    keys = [each["id"] for each in drawn["nodes"]] + [each["id"] for each in drawn["edges"]]
    assert len(set(keys)) == len(keys)


json_values = st.recursive(
    st.none() | st.integers() | keys | st.sampled_from(["test_each", "test_group", "trigger", "log_event"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "data", "parentId", "branch", "params", "actions", "groups", "source",
                             "target", "sourceHandle", "needs", "position"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)  # fmt: skip


@given(st.lists(json_values, max_size=5), st.lists(json_values, max_size=5))
def test_a_malformed_graph_is_told_of_and_never_fails(nodes: list[Any], edges: list[Any]) -> None:
    document = {"name": "x", "nodes": nodes, "edges": edges}

    once = normalise(document)

    assert normalise(once) == once
    assert check(once, Known())
    assert isinstance(react_flow.layout(document), dict)


def test_a_large_graph_is_read_in_no_time() -> None:
    nodes = [node("box", "test_group"), *(node(f"a{number}", parentId="box") for number in range(999))]
    for number, each in enumerate(nodes[1:]):
        each["data"]["branch"] = f"b{number}"
    edges = [edge(f"a{number % 999}", f"a{(number * 7) % 999}") for number in range(19_000)]

    started = time.process_time()
    document = react_flow.from_graph(graph(nodes, edges))

    assert len(document["actions"][0]["params"]["groups"]) == 999
    assert time.process_time() - started < 5


@given(json_values, json_values)
def test_whatever_was_stored_can_be_drawn(triggers: Any, actions: Any) -> None:
    draft = normalise({"name": "x", "triggers": triggers, "actions": actions})

    drawn = react_flow.to_graph(draft, positions={"a1": {"x": 1, "y": 2}})

    assert react_flow.kept({}, draft) == {}
    assert all(node["position"].keys() == {"x", "y"} for node in drawn["nodes"])


def test_positions_of_nodes_that_are_gone_are_not_kept() -> None:
    positions = {"trigger:t1": {"x": 1.0, "y": 2.0}, "inner": {"x": 3.0, "y": 4.0}, "gone": {"x": 5.0, "y": 6.0}}

    assert react_flow.kept(positions, WELCOME) == {key: positions[key] for key in ("trigger:t1", "inner")}
    assert react_flow.kept(positions, {"nodes": 5}) == {}


def test_a_graph_that_could_not_be_read_is_drawn_as_it_was() -> None:
    broken = graph([node("a")], [edge("a", "b")])

    assert react_flow.to_graph(broken) == broken


def test_an_edge_or_a_parent_that_leads_nowhere_is_named() -> None:
    nodes = [node("first"), node("second", parentId="thrid")]

    with pytest.raises(InvalidError) as raised:
        react_flow.from_graph(graph(nodes, [edge("frist", "second")]))

    assert [problem.message for problem in raised.value.problems] == [
        "There is no node 'frist'. Did you mean 'first'?",
        "There is no node 'thrid'.",
    ]
