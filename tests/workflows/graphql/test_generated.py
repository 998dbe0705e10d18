"""Queries that are made of the schema: whatever is asked, nothing is our mistake."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema, nodes
from rest_framework.test import APIClient

from core.models import Workspace
from tests import factories, runner
from tests.workflows import asking
from tests.workflows.graphql.asked import URL
from workflows.graphql.schema import schema

SCALARS: dict[str, Any] = {
    "JSON": st.sampled_from(["x", "", "draft"]).map(nodes.String),
    "DateTime": st.sampled_from(["2026-01-31T09:30:00Z", "tomorrow", "9999-12-31"]).map(nodes.String),
    "BigInt": st.integers().map(nodes.Int),
    "ID": st.sampled_from(["greet", "asks", "", "\u00e9", "00000000-0000-0000-0000-000000000000"]).map(nodes.String),
}


@pytest.fixture
def quiet() -> Iterator[None]:
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.long
@pytest.mark.django_db
@pytest.mark.usefixtures("quiet")
def test_no_query_is_our_mistake(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace)
    asking.started(workspace, asking.asking(), type_="lead.asked", name="Asks")
    runner.drain()
    answered: dict[str, int] = {}

    @settings(
        max_examples=300, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(query=from_schema(schema._schema, custom_scalars=SCALARS))
    def ask(query: str) -> None:
        answer = api.post(URL, {"query": query}, format="json")
        assert answer.status_code in {200, 400}, (query, answer.content[:500])
        for each in answer.json()["errors"] if answer.status_code == 200 and "errors" in answer.json() else []:
            code = each["extensions"]["code"] if isinstance(each["extensions"], dict) else each
            answered[code] = answered.get(code, 0) + 1
            assert code != "error", (query, each)

    ask()

    print(answered)
