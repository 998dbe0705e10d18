"""The action types that a connector becomes: what they send, and where they cannot be made to send it."""

from dataclasses import replace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult, Effects
from actions.connections.registry import connection_types
from actions.connectors import reading, registering
from actions.registry import action_types
from actions.services import connections
from core.models import Workspace
from core.redaction import Redactor
from tests.actions.connectors.conftest import Connect, Operate, failure
from tests.actions.connectors.documents import PETS, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_is_allowed")]

SECRET = {"token": "pets-token-1"}


@pytest.fixture(autouse=True)
def pets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example's types, for one test."""
    monkeypatch.setattr(action_types, "_items", dict(action_types._items))
    monkeypatch.setattr(connection_types, "_items", dict(connection_types._items))
    registering.register(reading.parse(PETS))


def test_an_operation_is_described_like_any_action_type() -> None:
    add = action_types.get("add_pet")

    schema = add.params_model.model_json_schema()

    assert (schema["required"], list(schema["properties"])) == (
        ["owner", "name"],
        ["owner", "name", "tags", "connection"],
    )
    assert add.connection_params == {"connection": frozenset({"pets"})}
    assert (add.effects, action_types.get("list_pets").effects) == (Effects.ONCE, Effects.NONE)
    assert add.output_model is not None
    assert list(add.output_model.model_json_schema()["properties"]) == ["id"]


def test_what_is_written_is_checked_before_anything_runs() -> None:
    written = {"owner": "{{ lead.id }}", "name": "x" * 30, "tag": []}

    problems = checking.check_params(action_types.get("add_pet"), written, path="/params")

    assert {(problem.path, problem.code) for problem in problems} == {
        ("/params/name", "invalid_parameter"),
        ("/params/tag", "unknown_parameter"),
    }


@pytest.mark.parametrize(
    ("owner", "path"),
    [
        ("a/b", b"/owners/a%2Fb/pets"),
        ("a?b#c", b"/owners/a%3Fb%23c/pets"),
        ("../../admin", b"/owners/..%2F..%2Fadmin/pets"),
        ("@evil.example.com", b"/owners/%40evil.example.com/pets"),
        ("//evil.example.com", b"/owners/%2F%2Fevil.example.com/pets"),
        ("%2e%2e", b"/owners/%252e%252e/pets"),
        ("{name}\r\nHost: evil", b"/owners/%7Bname%7D%0D%0AHost%3A%20evil/pets"),
        ("Zoë", b"/owners/Zo%C3%AB/pets"),
    ],
)
def test_no_value_leaves_its_place_in_the_path(
    operate: Operate, connect: Connect, httpserver: HTTPServer, owner: str, path: bytes
) -> None:
    connect("pets", SECRET)
    seen: list[str] = []
    httpserver.expect_request("", method="POST").respond_with_json({"id": 1})

    error = failure_or_none(operate, {"owner": owner, "name": "Rex"})

    seen = [request.environ["RAW_URI"] for request, _ in httpserver.log]
    assert [each.encode() for each in seen] == [path], error


def failure_or_none(operate: Operate, params: dict[str, Any]) -> ActionFailedError | None:
    """The server knows no such path; what counts is which path it was asked for."""
    try:
        operate("add_pet", params)
    except ActionFailedError as error:
        return error
    return None


@pytest.mark.parametrize("owner", ["", ".", ".."])
def test_a_segment_that_means_another_path_is_refused(
    operate: Operate, connect: Connect, httpserver: HTTPServer, owner: str
) -> None:
    connect("pets", SECRET)

    error = failure(operate, "add_pet", {"owner": owner, "name": "Rex"})

    assert (error.code, error.is_retryable) == ("invalid_parameters", False)
    assert httpserver.log == []


def test_what_is_not_given_is_not_sent(operate: Operate, connect: Connect, httpserver: HTTPServer) -> None:
    connect("pets", SECRET, below="/v1")
    httpserver.expect_request("/v1/owners/7/pets").respond_with_json({"id": 1, "x": 2})

    result = operate("add_pet", {"owner": 7, "name": "Rex", "tags": None})

    assert result.output == {"id": 1}
    assert httpserver.log[0][0].get_json() == {"name": "Rex"}


def test_lists_go_into_the_query_as_the_api_wants_them(
    operate: Operate, connect: Connect, httpserver: HTTPServer
) -> None:
    connect("pets", SECRET)
    httpserver.expect_request("/pets").respond_with_json([{"id": 1}])

    result = operate("list_pets", {"limit": "5", "kinds": ["cat", "dog"], "trace": "t-1"})

    assert result.output == {"status": 200, "body": [{"id": 1}]}
    [(sent, _)] = httpserver.log
    assert (sent.args.to_dict(), sent.headers["X-Trace"]) == ({"limit": "5", "kinds": "cat,dog"}, "t-1")


def test_a_redirect_is_not_followed_with_the_credentials(
    operate: Operate, connect: Connect, httpserver: HTTPServer
) -> None:
    connect("pets", SECRET)
    away = {"Location": "https://evil.example.com/"}
    httpserver.expect_request("/pets").respond_with_data("", status=302, headers=away)

    error = failure(operate, "list_pets", {})

    assert error.code == "http_status"
    assert len(httpserver.log) == 1


def test_a_connection_of_another_kind_is_refused(operate: Operate, scope: Workspace) -> None:
    settings = {"base_url": "http://127.0.0.1:1"}
    connections.create(name="other", kind="http_bearer", settings_=settings, secrets={"token": "abcd"})

    error = failure(operate, "list_pets", {"connection": "other"})

    assert error.code == "wrong_connection"


def test_credentials_are_nowhere_in_what_is_kept(operate: Operate, connect: Connect, httpserver: HTTPServer) -> None:
    connect("pets", SECRET)
    httpserver.expect_request("/pets").respond_with_json({"echo": "pets-token-1"}, status=418)

    error = failure(operate, "list_pets", {})

    assert "pets-token-1" not in error.message
    cleaned = Redactor(["pets-token-1"]).clean({"request": error.request, "response": error.response})
    assert "pets-token-1" not in str(cleaned)


def test_a_lost_answer_of_what_must_not_be_done_twice_is_for_a_person(
    operate: Operate, connect: Connect, httpserver: HTTPServer
) -> None:
    connect("pets", SECRET)
    httpserver.expect_request("/owners/7/pets").respond_with_data("", status=504)

    error = failure(operate, "add_pet", {"owner": "7", "name": "Rex"})

    assert (error.code, error.is_retryable, error.is_outcome_unknown) == ("outcome_unknown", False, True)


def test_a_server_that_cannot_be_reached_has_done_nothing(operate: Operate, scope: Workspace) -> None:
    settings = {"base_url": "http://127.0.0.1:9"}
    connections.create(name="mine", kind="pets", settings_=settings, secrets=SECRET)

    error = failure(operate, "add_pet", {"owner": "7", "name": "Rex"})

    assert (error.code, error.is_retryable, error.is_outcome_unknown) == ("connection_failed", True, False)


def test_an_oauth_connector_takes_a_connection_of_its_host_only(
    call: ActionCall, scope: Workspace, httpserver: HTTPServer
) -> None:
    here = httpserver.url_for("/v1")
    auth = {"kind": "oauth2", "connections": ["http_bearer"]}
    document = {**at("/name", "renewed"), "auth": auth, "base_url": here, "operations": [PETS["operations"][1]]}
    document["operations"] = [{**document["operations"][0], "key": "list_renewed"}]
    registering.register(reading.parse(document))
    httpserver.expect_request("/v1/pets").respond_with_json([])
    for name, url in (("near", httpserver.url_for("/")), ("far", "http://127.0.0.1:9/")):
        connections.create(name=name, kind="http_bearer", settings_={"base_url": url}, secrets={"token": "renewed-1"})

    def perform(name: str) -> ActionResult:
        ready = replace(call, connections=connections.Opener(call.redactor.learn))
        action_type = action_types.get("list_renewed")
        return action_type.perform(checking.validated(action_type, {"connection": name}), ready)

    assert perform("near").output["body"] == []
    assert httpserver.log[0][0].headers["Authorization"] == "Bearer renewed-1"
    with pytest.raises(ActionFailedError) as raised:
        perform("far")
    assert raised.value.code == "wrong_connection"
