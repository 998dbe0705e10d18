"""The examples of docs/outbound.md, run as they stand there."""

import json
import re
from collections.abc import Iterator

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from pytest_httpserver import HTTPServer

from actions.outbound import narrowing, refusals, remembered
from actions.registry import action_types
from core import outbound_rules, tenancy
from core.models import Workspace
from tests import factories
from tests.documentation import blocks, page, parsed, run
from workflows.definitions import shorthand
from workflows.definitions.check import check
from workflows.definitions.references import Known

TEXT = page("docs/outbound.md")
[RULES] = blocks(TEXT, "json")
HOSTS, DELIVERIES = blocks(TEXT, "sh")


@pytest.fixture(autouse=True)
def fresh_rules() -> Iterator[None]:
    narrowing.forget()
    yield
    narrowing.forget()


@pytest.mark.parametrize("text", blocks(TEXT, "yaml"), ids=lambda text: text.splitlines()[1])
def test_every_example_has_no_problems(text: str) -> None:
    secrets, variables = (frozenset(re.findall(rf"{root}\.(\w+)", text)) for root in ("secrets", "vars"))
    known = Known(secrets=secrets, variables=variables)
    whole = {"name": "Example", "trigger": {"type": "lead.created"}, **parsed(text)}

    assert check(shorthand.normalise(whole), known) == []
    assert all(part["type"] in action_types for part in parsed(text)["actions"])


def test_the_rules_of_the_example_can_be_written() -> None:
    assert outbound_rules.problems(json.loads(RULES)) == []


@pytest.mark.django_db(transaction=True)
def test_a_host_is_listed_and_reset_by_the_commands(workspace: Workspace, live_server: LiveServer) -> None:
    rules = outbound_rules.of({"circuit": {"failures": 1}})
    with tenancy.scope(workspace.pk):
        remembered.record(remembered.admit("api.example.com", rules), failure="timeout")

    said = run(HOSTS, {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)})

    assert json.loads(said)["results"][0]["state"] == "open"
    with tenancy.scope(workspace.pk):
        assert remembered.admit("api.example.com", rules).is_well


@pytest.mark.django_db(transaction=True)
def test_a_webhook_is_tested_by_the_commands(
    workspace: Workspace, live_server: LiveServer, httpserver: HTTPServer, settings: Settings
) -> None:
    settings.SEQUITUR_OUTBOUND_ALLOW = ["127.0.0.1/32"]
    httpserver.expect_request("/hook").respond_with_data("", status=204)
    variables = {"RECEIVER": httpserver.url_for("/hook"), "API": f"{live_server.url}/api/v1"}

    said = run(DELIVERIES, {**variables, "KEY": factories.api_key(workspace)})

    assert '"results": []' in said or '"results":[]' in said
    assert '"status": 204' in said or '"status":204' in said
    assert httpserver.log[0][0].json == {"hello": "there"}


def test_every_code_of_the_door_stands_in_a_table() -> None:
    readme = page("actions/README.md")
    errors = [
        refusals.not_allowed("x"), refusals.circuit_open("x", 1), refusals.rate_limited("x", 1),
        refusals.redirect_refused("x"), refusals.redirect_loop("x"), refusals.too_many_redirects(5),
        refusals.proxy_failed("x"), refusals.address_refused("x"),
    ]  # fmt: skip

    assert [error.code for error in errors if f"`{error.code}`" not in TEXT or f"`{error.code}`" not in readme] == []
