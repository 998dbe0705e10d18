"""The command that makes connectors, from a document to a call of the API that it describes."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_httpserver import HTTPServer

from actions import checking
from actions.base import ActionCall, ActionFailedError
from actions.connectors import reading
from actions.models import Connector
from actions.registry import action_types
from actions.services import connections
from core.models import Workspace
from tests import cases


@pytest.fixture
def petstore(tmp_path: Path) -> Path:
    path = tmp_path / "petstore.json"
    path.write_text(json.dumps(cases.load("openapi/petstore_3.0.json")))
    return path


def imported(*arguments: str) -> tuple[str, str]:
    """What the command prints, and what it says beside."""
    out, err = StringIO(), StringIO()
    call_command("import_openapi", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_file_is_written_that_is_a_connector(petstore: Path, tmp_path: Path) -> None:
    target = tmp_path / "petstore.yaml"

    said, beside = imported(str(petstore), "--name", "petstore", "--out", str(target))

    assert (said, beside) == (f"{target} is written.\n", "3 operations; left out: 0\n")
    assert reading.read_file(target).operations[0].key == "petstore_list_pets"


def test_without_a_target_it_prints_what_it_made(petstore: Path) -> None:
    said, _ = imported(str(petstore), "--operation", "showPetById")

    assert [each.key for each in reading.read(said.encode(), source="x").operations] == [
        "swagger_petstore_show_pet_by_id"
    ]


@pytest.mark.django_db
def test_an_imported_api_is_called_by_the_workspace(
    scope: Workspace, petstore: Path, call: ActionCall, loopback_is_allowed: None, httpserver: HTTPServer
) -> None:
    shop = httpserver.url_for("/v1")
    petstore.write_text(petstore.read_text().replace("http://petstore.swagger.io/v1", shop))
    pets: dict[str, Any] = {}
    httpserver.expect_request("/v1/pets", method="POST").respond_with_handler(lambda request: _add(pets, request))
    httpserver.expect_request("/v1/pets/7", method="GET").respond_with_handler(lambda _: _json(pets["7"], 200))
    wrong = {"code": 404, "message": "no such pet"}
    httpserver.expect_request("/v1/pets/8", method="GET").respond_with_json(wrong, status=404)

    for _ in range(2):  # safe to repeat
        imported(str(petstore), "--name", "petstore", "--workspace", scope.slug)

    assert Connector.objects.get().version == 1
    assert perform(call, "create_pets", {"id": 7, "name": "Rex"}) == {"status": 201, "body": None}
    assert perform(call, "show_pet_by_id", {"pet_id": "7"})["body"] == {"id": 7, "name": "Rex"}
    with pytest.raises(ActionFailedError, match="Swagger Petstore answered 404: no such pet"):
        perform(call, "show_pet_by_id", {"pet_id": "8"})


def _add(pets: dict[str, Any], request: Any) -> Any:
    pet = request.get_json()
    pets[str(pet["id"])] = pet
    return _json(None, 201)


def _json(value: Any, status: int) -> Any:
    from werkzeug import Response

    return Response("" if value is None else json.dumps(value), status=status, content_type="application/json")


def perform(call: ActionCall, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    action_type = action_types.get("connector_request")
    ready = replace(call, connections=connections.Opener(call.redactor.learn))
    written = {"connector": "petstore", "operation": operation, "params": params}
    return action_type.perform(checking.validated(action_type, written), ready).output


def test_a_document_is_fetched_through_the_door(loopback_is_allowed: None, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/openapi.json").respond_with_json(cases.load("openapi/webhook_example_3.1.json"))

    said, beside = imported(httpserver.url_for("/openapi.json"))

    assert f"base_url: {httpserver.url_for('').rstrip('/')}\n" in said
    assert "left out: 1\n  webhook newPet: webhooks are triggers\n" in beside


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("http://127.0.0.1:9/openapi.json", "The document was not fetched"),
        ("http://169.254.169.254/openapi.json", "The document was not fetched"),
        ("/nowhere/openapi.json", "cannot be read: No such file"),
        ("file:///etc/passwd", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told(spec: str, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        imported(spec)


@pytest.mark.django_db
def test_an_unknown_workspace_is_told(petstore: Path) -> None:
    with pytest.raises(CommandError, match="There is no workspace 'nobody'"):
        imported(str(petstore), "--workspace", "nobody")
