"""Connectors of a workspace: stored, checked when a workflow is published, and called."""

from dataclasses import replace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult
from actions.registry import action_types
from actions.services import connections, connectors
from core import tenancy
from core.models import Workspace
from tests import factories
from tests.actions.connectors.documents import PETS, at, changed
from workflows.services import workflows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_is_allowed")]

ADD = {"connector": "pets", "operation": "add_pet", "params": {"owner": "7", "name": "Rex"}}


def perform(params: dict[str, Any], call: ActionCall) -> ActionResult:
    action_type = action_types.get("connector_request")
    ready = replace(call, connections=connections.Opener(call.redactor.learn))
    return action_type.perform(checking.validated(action_type, params), ready)


def problems(params: dict[str, Any]) -> list[tuple[str, str]]:
    found = checking.check_params(action_types.get("connector_request"), params, path="/params")
    return [(problem.path, problem.code) for problem in found]


def connect(url: str) -> None:
    connections.create(name="mine", kind="http_bearer", settings_={"base_url": url}, secrets={"token": "pets-token-1"})


def test_it_calls_the_operation_where_the_connection_leads(
    scope: Workspace, call: ActionCall, httpserver: HTTPServer
) -> None:
    connectors.create(PETS)
    connect(httpserver.url_for("/v2"))
    httpserver.expect_request("/v2/owners/7/pets", method="POST").respond_with_json({"id": 12})

    result = perform(ADD, call)

    assert result.output == {"id": 12}
    [(sent, _)] = httpserver.log
    assert (sent.get_json(), sent.headers["Authorization"]) == ({"name": "Rex"}, "Bearer pets-token-1")


def test_credentials_do_not_follow_a_connector_that_moves(
    scope: Workspace, call: ActionCall, httpserver: HTTPServer
) -> None:
    connectors.create(PETS)
    connect(httpserver.url_for("/"))
    httpserver.expect_request("/owners/7/pets").respond_with_json({"id": 12})

    connectors.put("pets", changed(base_url="https://evil.example.com"))
    perform(ADD, call)

    assert len(httpserver.log) == 1


def test_an_api_without_credentials_needs_no_connection(
    scope: Workspace, call: ActionCall, httpserver: HTTPServer
) -> None:
    connectors.create({**changed(base_url=httpserver.url_for("/open")), "auth": {"kind": "none"}})
    httpserver.expect_request("/open/owners/7/pets").respond_with_json({"id": 12})

    assert perform(ADD, call).output == {"id": 12}

    assert "Authorization" not in httpserver.log[0][0].headers


def test_a_change_holds_for_the_next_call(scope: Workspace, call: ActionCall, httpserver: HTTPServer) -> None:
    connectors.create(PETS)
    connect(httpserver.url_for("/"))
    httpserver.expect_request("/owners/7/pets").respond_with_json({"id": 12, "name": "Rex"})

    before = perform(ADD, call).output
    connectors.put("pets", at("/operations/0/response/name", "body.name"))

    assert (before, perform(ADD, call).output) == ({"id": 12}, {"id": 12, "name": "Rex"})


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"connector": "pet"}, [("/params/connector", "unknown_connector")]),
        ({"connector": "{{ vars.api }}"}, []),
        ({"operation": "add_pets"}, [("/params/operation", "unknown_operation")]),
        ({"params": {"owner": "7"}}, [("/params/params/name", "missing_parameter")]),
        ({"params": {"owner": "7", "name": "x" * 30}}, [("/params/params/name", "invalid_parameter")]),
        ({"params": {"owner": "7", "name": "{{ lead.name }}"}}, []),
        ({"params": {"owner": "7", "name": "x", "nam": 1}}, [("/params/params/nam", "unknown_parameter")]),
        ({"params": 1}, [("/params/params", "invalid_parameter")]),
        ({"connector": "a\0b"}, []),
    ],
)
def test_it_is_checked_with_the_connector_of_the_workspace(
    scope: Workspace, changes: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    connectors.create(PETS)

    assert problems({**ADD, **changes}) == found


def test_publishing_tells_what_does_not_fit(scope: Workspace) -> None:
    connectors.create(PETS)
    action = {"type": "connector_request", "params": {**ADD, "operation": "feed_pet"}}

    workflow = workflows.create(factories.definition(action))
    found = workflows.problems(workflow)

    assert [(problem.path, problem.code) for problem in found] == [("/actions/0/params/operation", "unknown_operation")]


def test_connectors_of_others_are_unknown(scope: Workspace, other_workspace: Workspace, call: ActionCall) -> None:
    with tenancy.scope(other_workspace.pk):
        connectors.create(PETS)

    with pytest.raises(ActionFailedError) as raised:
        perform(ADD, call)

    assert (raised.value.code, raised.value.is_retryable) == ("unknown_connector", False)


def test_parameters_are_checked_again_when_they_are_final(scope: Workspace, call: ActionCall) -> None:
    connectors.create(PETS)

    with pytest.raises(ActionFailedError) as raised:
        perform({**ADD, "params": {"owner": "7", "name": "secret-name-that-is-too-long"}}, call)

    assert raised.value.code == "invalid_parameters"
    assert "secret-name" not in raised.value.message


def test_a_workspace_without_connectors_says_so(scope: Workspace) -> None:
    (problem,) = checking.check_params(action_types.get("connector_request"), ADD, path="")

    assert problem.code == "unknown_connector"
    assert problem.message == "There is no connector 'pets'. The workspace has none: an admin stores them."
