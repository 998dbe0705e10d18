from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult, Effects
from actions.outbound import narrowing
from actions.registry import action_types
from core.models import Workspace
from tests.actions import opening


def perform(params: dict[str, Any], call: ActionCall, *urls: str) -> ActionResult:
    call = opening.having(call, "apprise", settings={}, secrets={"urls": list(urls)})
    action_type = action_types.get("notify")
    return action_type.perform(checking.validated(action_type, params), call)


@pytest.mark.usefixtures("loopback_is_allowed")
def test_the_services_of_a_connection_are_told_and_counted(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_json({"id": "1"})
    urls = [f"ntfy://u:canary-{name}@127.0.0.1:{httpserver.port}/{name}" for name in ("one", "two")]

    result = perform({"connection": "oncall", "message": "Down", "title": "Help"}, call, *urls)

    assert [request.json["topic"] for request, _ in httpserver.log] == ["one", "two"]
    assert (result.output, result.usage) == ({"services": ["ntfy", "ntfy"]}, {"notifications_sent": 2})
    assert "canary" not in str(result)
    assert action_types.get("notify").effects is Effects.ONCE


def test_a_service_that_is_not_reached_is_a_failure(call: ActionCall) -> None:
    with pytest.raises(ActionFailedError, match="1 of 1 services did not take the message"):
        perform({"connection": "oncall", "message": "Down"}, call, "ntfy://10.0.0.1/x")


@pytest.mark.parametrize("params", [{"message": "x"}, {"connection": "oncall"}, {"connection": "", "message": "x"}])
def test_the_connection_and_the_message_are_required(call: ActionCall, params: dict[str, Any]) -> None:
    with pytest.raises(ActionFailedError) as raised:
        perform(params, call, "ntfy://10.0.0.1/x")

    assert raised.value.code == "invalid_parameters"


@pytest.mark.usefixtures("loopback_is_allowed")
@pytest.mark.parametrize("rules", [{"deny": ["127.0.0.0/8"]}, {"deny": ["localhost"]}, {"allow": ["api.example.com"]}])
def test_a_service_that_the_workspace_refuses_is_not_told(
    httpserver: HTTPServer, call: ActionCall, scope: Workspace, rules: dict[str, Any]
) -> None:
    httpserver.expect_request("/").respond_with_json({"id": "1"})
    Workspace.objects.filter(pk=scope.pk).update(outbound=rules)
    narrowing.forget()

    with pytest.raises(ActionFailedError, match="1 of 1 services did not take the message"):
        perform({"connection": "oncall", "message": "Down"}, call, f"ntfy://localhost:{httpserver.port}/x")

    assert httpserver.log == []


@pytest.mark.usefixtures("loopback_is_allowed")
def test_a_service_that_the_workspace_allows_by_name_is_told(
    httpserver: HTTPServer, call: ActionCall, scope: Workspace
) -> None:
    httpserver.expect_request("/").respond_with_json({"id": "1"})
    Workspace.objects.filter(pk=scope.pk).update(outbound={"allow": ["localhost"]})
    narrowing.forget()

    perform({"connection": "oncall", "message": "Down"}, call, f"ntfy://localhost:{httpserver.port}/x")

    assert len(httpserver.log) == 1
