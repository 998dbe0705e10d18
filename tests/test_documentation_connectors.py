"""The examples of docs/connectors.md, run as they stand there."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from actions.base import Effects
from actions.connections.base import Authorization
from actions.connections.registry import connection_types
from actions.connectors import connection, operations, reading, registering, requests, shapes
from actions.connectors.connection import ConnectorConnection
from actions.registry import action_types
from core import tenancy
from core.models import Workspace
from tests import cases, factories
from tests.documentation import blocks, page, parsed, run
from workflows.services import workflows

TEXT = page("docs/connectors.md")
PETS, NEW_PETS, SHOP, LOOK = blocks(TEXT, "yaml")
[SENT] = blocks(TEXT, "json")
STORE, IMPORT = blocks(TEXT, "sh")


@pytest.fixture
def pets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first example, registered for one test."""
    monkeypatch.setattr(action_types, "_items", dict(action_types._items))
    monkeypatch.setattr(connection_types, "_items", dict(connection_types._items))
    registering.register(reading.read(PETS.encode(), source="docs"))


@pytest.mark.django_db
def test_the_first_example_is_used_by_its_workflow(scope: Workspace, pets: None) -> None:
    workflow = workflows.create(parsed(NEW_PETS))

    assert workflows.problems(workflow) == []
    assert action_types.get("add_pet").effects is Effects.KEYED


def test_it_sends_what_is_written_there() -> None:
    document = reading.read(PETS.encode(), source="docs")
    operation = document.operations[0]
    account = connection.made(document)
    assert isinstance(account, ConnectorConnection)
    given = {**parsed(NEW_PETS)["actions"][0]["params"], "owner": "7", "name": "Rex"}
    params: Any = operations.made(document, operation, account).params_model.model_validate(given)

    sent = requests.build(
        document,
        operation,
        shapes.values(operation, params),
        base_url=connection.filled(document.base_url, account.settings_model()),
        authorization=Authorization(),
        idempotency_key="k",
    )

    assert (sent.url, sent.query) == ("https://eu.pets.example.com/v1/owners/7/pets", {"notify": "true"})
    assert json.loads(sent.body or b"") == json.loads(SENT)
    assert (sent.headers["X-Api-Version"], sent.headers["Idempotency-Key"]) == ("2", "k")


def test_every_shipped_operation_stands_in_the_table() -> None:
    for path in registering.SHIPPED.glob("*.yaml"):
        document = reading.read_file(path)
        keys = ", ".join(f"`{operation.key}`" for operation in document.operations)
        assert f"| `{document.name}` | {keys} |" in TEXT


@pytest.mark.django_db(transaction=True)
def test_a_connector_is_stored_by_its_commands(workspace: Workspace, live_server: LiveServer, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}

    said = run(STORE, environment, cwd=tmp_path)

    assert said.count('"key":"get_order"') + said.count('"key": "get_order"') >= 2
    with tenancy.scope(workspace.pk):
        assert workflows.problems(workflows.create(parsed(LOOK))) == []


@pytest.mark.django_db
def test_the_import_works_by_its_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    factories.WorkspaceFactory.create(slug="demo")
    (tmp_path / "petstore.json").write_text(json.dumps(cases.load("openapi/petstore_3.0.json")))
    monkeypatch.chdir(tmp_path)

    for line in IMPORT.splitlines():
        call_command(*line.split()[2:], stdout=StringIO(), stderr=StringIO())

    assert len(reading.read_file(Path("petstore.yaml")).operations) == 3
