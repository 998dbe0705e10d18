"""The graph: who follows whom, who handles errors, and how far one action leads to just one other."""

from itertools import pairwise

import pytest
from hypothesis import given

from tests.workflows.engine.graphs import Case, cases
from workflows.engine.graph import ERROR, Graph, Join, Need, Node

A, B, C = Node("a"), Node("b", (Need("a"),)), Node("c", (Need("b"),))
LINE = Graph((A, B, C))


def keys(nodes: tuple[Node, ...]) -> list[str]:
    return [node.key for node in nodes]


def segment(graph: Graph, key: str) -> list[str]:
    """From this action on, as far as each leads to just one other."""
    found: list[str] = []
    node: Node | None = graph.by_key[key]
    while node is not None:
        found.append(node.key)
        node = graph.only_follower(node.key)
    return found


def test_followers_are_those_that_need_a_port_each_once_in_the_order_of_the_document() -> None:
    graph = Graph((Node("c", (Need("a"), Need("a", ERROR))), A, Node("b", (Need("a"), Need("c")))))

    assert {key: keys(nodes) for key, nodes in graph.followers.items()} == {"a": ["c", "b"], "b": [], "c": ["b"]}


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        pytest.param((Need("a", ERROR),), True, id="alone"),
        pytest.param((Need("a"), Need("a", ERROR)), True, id="beside another port"),
        pytest.param((Need("a"),), False, id="only its default port is needed"),
        pytest.param((), False, id="nobody follows"),
    ],
)
def test_an_error_is_handled_when_an_action_needs_it(needs: tuple[Need, ...], expected: bool) -> None:
    graph = Graph((A, Node("b", needs), Node("c", (Need("b", ERROR),))))

    assert graph.needs_error_of("a") is expected


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        pytest.param(LINE, ["a", "b", "c"], id="a line, to its end"),
        pytest.param(Graph((C, B, A)), ["a", "b", "c"], id="in any order of the document"),
        pytest.param(Graph((A, B, Node("c", (Need("a"),)))), ["a"], id="two follow"),
        pytest.param(Graph((A, B, Node("c", (Need("b", ERROR),)))), ["a", "b"], id="the error is what is needed"),
        pytest.param(Graph((A, B, C, Node("d", (Need("b", ERROR),)))), ["a", "b"], id="somebody handles its error"),
        pytest.param(
            Graph((Node("a", default_port="true"), Node("b", (Need("a", "true"),)))), ["a", "b"], id="the default port"
        ),
        pytest.param(
            Graph((Node("a", default_port="true"), Node("b", (Need("a", "false"),)))), ["a"], id="another port"
        ),
        pytest.param(Graph((A, Node("x"), Node("b", (Need("a"), Need("x"))))), ["a"], id="it waits for another too"),
        pytest.param(
            Graph((A, Node("x"), Node("b", (Need("a"), Need("x")), Join.ANY))), ["a"], id="another may start it too"
        ),
    ],
)
def test_a_segment_goes_as_far_as_one_leads_to_just_one(graph: Graph, expected: list[str]) -> None:
    assert segment(graph, "a") == expected


def test_a_segment_begins_anywhere() -> None:
    assert segment(LINE, "b") == ["b", "c"]


@given(cases())
def test_a_segment_names_each_action_once_and_only_who_needs_nothing_else(case: Case) -> None:
    graph = case.graph

    for node in graph.nodes:
        found = segment(graph, node.key)

        assert len(set(found)) == len(found)
        for before, key in pairwise(found):
            needed = [(need.key, need.port) for need in graph.by_key[key].needs]
            assert needed == [(before, graph.by_key[before].default_port)]
            assert [other.key for other in graph.nodes if before in {need.key for need in other.needs}] == [key]


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        pytest.param(LINE, True, id="a line"),
        pytest.param(Graph((A,)), True, id="one action"),
        pytest.param(Graph((C, B, A)), False, id="not in the order of the document"),
        pytest.param(Graph((A, Node("x"))), False, id="two that start at once"),
        pytest.param(Graph((A, B, Node("c", (Need("b", ERROR),)))), False, id="an error is handled"),
        pytest.param(Graph(()), False, id="nothing"),
    ],
)
def test_a_chain_is_a_plain_list(graph: Graph, expected: bool) -> None:
    assert graph.is_chain is expected
