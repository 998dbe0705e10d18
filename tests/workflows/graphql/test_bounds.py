"""What is asked for is bounded, and counted before anything is done."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from graphql import get_introspection_query, parse
from rest_framework.test import APIClient

from core.models import Workspace
from tests import factories
from tests.workflows.graphql.asked import data, refused
from workflows.graphql import bounds
from workflows.graphql.bounds import Count
from workflows.graphql.schema import schema

pytestmark = pytest.mark.django_db


def cost(query: str, **variables: Any) -> int:
    found = Count(schema._schema, parse(query), variables)
    return found.of(found.operation(None))[0]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ workflow(id: 1) { id name slug } }", 1),
        ("{ runs { nodes { id } } }", 1 + 20 * (1 + 1)),  # a page of 20 by default
        ("{ runs(first: 5) { edges { node { id } } } }", 1 + 5 * (1 + 2)),
        ("{ runs(first: 2) { nodes { actions(first: 3) { nodes { key } } } } }", 1 + 2 * (1 + 1 + (1 + 3 * (1 + 1)))),
        ("{ a: workflow(id: 1) { stats { fired } } b: workflow(id: 2) { stats { fired } } }", 2 * (1 + 200)),
        ("{ workflow(id: 1) { ...F ...F } } fragment F on Workflow { problems { code } }", 1 + 2 * 50),
        ("{ ... on Query { workflow(id: 1) { problems { code } } } }", 1 + 50),
        ('mutation { pauseWorkflow(id: "x") { id } deleteWorkflow(id: "x") }', 200),
        ("query ($n: Int = 7) { runs(first: $n) { nodes { id } } }", 1 + 100 * 2),  # see `check` for defaults
    ],
)
def test_the_cost_is_what_fields_cost_times_the_rows(query: str, expected: int) -> None:
    assert cost(query) == expected


def test_the_rows_are_read_from_the_variables() -> None:
    query = "query ($n: Int!) { runs(first: $n) { nodes { id } } }"

    assert [cost(query, n=number) for number in (3, 100, 10**9)] == [1 + 3 * 2, 1 + 100 * 2, 1 + 100 * 2]


def test_tools_can_read_the_schema(api: APIClient) -> None:
    found = data(api, get_introspection_query())

    assert {"Query", "Mutation", "Run"} <= {each["name"] for each in found["__schema"]["types"]}


def test_nobody_else_reads_the_schema() -> None:
    answer = APIClient().post("/api/v1/graphql/", {"query": "{ __schema { types { name } } }"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


DEEP = "{ __schema { types { fields { type " + "{ ofType " * 14 + "{ name }" + " }" * 14 + " } } } }"
WIDE = (
    "{ __schema { "
    + " ".join(f"a{n}: types {{ fields {{ args {{ name }} type {{ name }} }} }}" for n in range(40))
    + " } }"
)
NESTED = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
ROWS = "workflows { nodes { id } }"
BOMB = "{ ...F0 } " + " ".join(
    f"fragment F{n} on Query {{ a: {ROWS} ...F{n + 1} b: {ROWS} ...F{n + 1} }}"
    for n in range(40)
) + " fragment F40 on Query { __typename }"  # fmt: skip
DOUBLING = "{ __schema { types { ...G0 } } } " + " ".join(
    f"fragment G{n} on __Type {{ a: ofType {{ ...G{n + 1} }} b: ofType {{ ...G{n + 1} }} }}" for n in range(30)
) + " fragment G30 on __Type { name }"  # fmt: skip
CHAIN = " ".join(f"fragment F{n} on Run {{ id status ...F{n + 1} }}" for n in range(130)) + (
    " fragment F130 on Run { id }"
)
HOSTILE = [
    (DEEP, "too_complex"),
    (WIDE, "too_complex"),
    (NESTED, "invalid"),
    (BOMB, "too_complex"),
    (DOUBLING, "too_complex"),
    ("{ workflows(first: 100) { nodes { stats { fired } } } }", "too_complex"),
    ("{ runs(first: 100) { nodes { actions { nodes { key } } } } }", "too_complex"),
    ("mutation { " + " ".join(f'a{n}: pauseWorkflow(id: "x") {{ id }}' for n in range(101)) + " }", "too_complex"),
    ("{ " + "workflows { nodes { id } } " * 400 + "}", "malformed"),  # more tokens than a query may have
    ("#\n" * 500 + "{ __typename }", "malformed"),
    ("{ " * 700, "malformed"),
    ("[" * 700, "malformed"),
    ("{ runs { nodes { " + "id " * 1_400 + "} } }", "too_complex"),  # every pair of them would be compared
    ("{ runs { nodes { " + "id " * 250 + "} } }", "too_complex"),
    ("{ " + "runs { nodes { id } } " * 210 + "}", "too_complex"),
    ("{ runs { nodes { " + "actions(first: 1) { nodes { key } } " * 110 + "} } }", "too_complex"),
    ("{ runs { nodes { " + "... { id } " * 360 + "} } }", "too_complex"),
    ("{ runs { nodes { ...F0 } } } " + CHAIN, "too_complex"),
    ("{ runs(workflow: " + "[" * 600 + "]" * 600 + ") { nodes { id } } }", "malformed"),
    ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "invalid"),
    ("{ workflows(first: 99999999999999999999999) { nodes { id } } }", "invalid"),
    ("{ nothing }", "invalid"),
    ("subscription { runs }", "invalid"),
    ("{ workflows }", "invalid"),
    ("query ($x: Int!) { workflows(first: $x) { nodes { id } } }", "invalid"),
    ("query A { __typename } query B { __typename }", "invalid"),
    ("fragment A on Query { __typename }", "invalid"),
    ('{ workflow(id: "\\ud800") { id } }', "malformed"),
    ("", None),
]  # fmt: skip


def test_what_is_too_much_or_wrong_is_refused_and_asks_the_database_nothing(api: APIClient) -> None:
    data(api, "{ __typename }")
    for query, code in HOSTILE:
        with CaptureQueriesContext(connection) as captured:
            answer = api.post("/api/v1/graphql/", {"query": query}, format="json")
        found = answer.json()
        assert answer.status_code == (400 if code is None else 200), (query[:80], found)
        assert "Traceback" not in str(found)
        if code is None:  # nothing of GraphQL came to it: the envelope says so
            assert found["code"] in {"invalid", "malformed"}, query[:80]
        else:
            assert found["errors"][0]["extensions"]["code"] == code, (query[:80], found)
            assert (found["data"], max(len(each["message"]) for each in found["errors"]) <= 500) == (None, True)
        assert all("workflows_" not in each["sql"] for each in captured)


def test_values_that_cannot_be_stored_are_refused(api: APIClient, workspace: Workspace) -> None:
    row = factories.published(workspace)
    patch = 'mutation { patchWorkflow(id: "greet", input: {definition: {x: %s}}) { id } }'

    queries = (
        '{ workflow(id: "a\\u0000b") { id } }',
        '{ runs(event: "\\u0000") { nodes { id } } }',
        '{ workflow(id: "greet") { diff(version: "\\u0000") { after } } }',
        'mutation { createWorkflow(input: {name: "\\u0000", definition: {}}) { id } }',
        *(patch % each for each in ('"\\u0000"', "1e999", "9223372036854775808", "[" * 70 + "]" * 70, "9" * 5000)),
    )
    for query in queries:
        found = api.post("/api/v1/graphql/", {"query": query}, format="json").json()
        assert {each["extensions"]["status"] for each in found["errors"]} == {400}, (query[:90], found)

    row.refresh_from_db()
    assert row.revision == 1


def test_a_number_of_rows_is_counted_where_it_is_a_default_of_a_variable(api: APIClient) -> None:
    query = "query ($n: Int! = %d) { workflows(first: $n) { nodes { problems { code } } } }"

    assert data(api, query % 100) == {"workflows": {"nodes": []}}
    stats = query.replace("problems { code }", "stats { fired }")
    assert data(api, stats % 40) == {"workflows": {"nodes": []}}
    assert refused(api, stats % 60) == [(400, "too_complex")]


def test_the_limits_are_those_of_the_guide() -> None:
    assert (bounds.MAX_TOKENS, bounds.MAX_DEPTH, bounds.MAX_COST) == (1_500, 16, 10_000)
    assert bounds.MAX_COMPARISONS == 10_000


def test_as_many_equal_fields_as_people_and_tools_ask_for_are_answered(api: APIClient) -> None:
    assert data(api, "{ " + "__typename " * 90 + "}") == {"__typename": "Query"}
    assert data(api, "{ " + " ".join(f"a{n}: runs {{ nodes {{ id }} }}" for n in range(90)) + " }")
