"""The examples of docs/data.md, run as they stand there."""

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from actions.registry import action_types
from actions.services import connections
from core import tenancy
from core.models import Workspace
from tests import factories, runner
from tests.actions import postgres_server
from tests.documentation import blocks, chapter, page, parsed, run
from triggers.services import matching
from workflows.definitions import shorthand
from workflows.definitions.check import check
from workflows.definitions.references import Known
from workflows.models import Run

TEXT = page("docs/data.md")
EXAMPLES = blocks(TEXT, "yaml")
SHAPE, LAST, DATABASE, FILES = EXAMPLES
[CURL] = blocks(TEXT, "sh")


def outputs(workspace: Workspace, event: Any) -> dict[str, Any]:
    matching.match(event.pk)
    runner.drain()
    with tenancy.scope(workspace.pk):
        return runner.outputs(Run.objects.order_by("-id")[0])


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.splitlines()[0])
def test_every_example_has_no_problems(text: str) -> None:
    assert check(shorthand.normalise(parsed(text)), Known()) == []


def test_every_action_of_the_page_exists() -> None:
    assert {"transform", "validate", "r2_put", "s3_put", "r2_get", "s3_get"} <= {*action_types.keys()}
    for title in ("Shape", "Values that last", "Databases", "Files"):
        assert chapter(TEXT, title)


@pytest.mark.django_db
def test_orders_are_brought_into_shape(workspace: Workspace) -> None:
    factories.published(workspace, parsed(SHAPE))
    lines = [{"sku": "a", "total": 120}, {"sku": "b", "total": 5}, {"sku": "c", "total": 300}]

    found = outputs(workspace, factories.event(workspace, "order.placed", customer={"name": "Ada"}, lines=lines))

    assert found["names"]["result"]["customer"] == "ADA"
    assert found["large"]["result"] == [{"sku": "c", "total": 300}, {"sku": "a", "total": 120}]
    assert found["sum"]["result"] == 425
    assert found["check"] == {"valid": True, "errors": []}


@pytest.mark.django_db
def test_a_lead_is_greeted_once(workspace: Workspace) -> None:
    factories.published(workspace, parsed(LAST))

    first = outputs(workspace, factories.event(workspace, lead={"email": "ada@example.com"}))
    again = outputs(workspace, factories.event(workspace, lead={"email": "ada@example.com"}))

    assert first["greet"]["message"] == "Hello ada@example.com, you are number 1"
    assert (again["first"]["stored"], again["count"]["value"]) == (False, 2)
    assert "skipped" in again["greet"]


@pytest.mark.django_db
def test_a_customer_is_looked_up(workspace: Workspace, settings: Settings) -> None:
    settings.SEQUITUR_OUTBOUND_ALLOW = ["127.0.0.1/32"]
    with postgres_server.running() as server:
        place = server.account().settings.model_dump()
        with tenancy.scope(workspace.pk):
            secrets = {"password": postgres_server.PASSWORD}
            connections.create(name="shop", kind="postgres", settings_=place, secrets=secrets)
        factories.published(workspace, parsed(DATABASE))
        found = outputs(workspace, factories.event(workspace, "order.placed", customer={"email": "ada@example.com"}))

    assert found["customer"]["rows"] == [{"id": 1, "name": "Ada", "credit": "9.90"}]


@pytest.mark.django_db
def test_an_order_is_kept_and_read(workspace: Workspace, settings: Settings, tmp_path: Path) -> None:
    settings.SEQUITUR_OBJECTS_PATH = str(tmp_path)
    factories.published(workspace, parsed(FILES))

    found = outputs(workspace, factories.event(workspace, "order.placed", order={"id": 7, "total": 1}))

    assert found["read"]["content"] == {"id": 7, "total": 1}
    assert found["read"]["metadata"] == {"kept-by": "sequitur"}


@pytest.mark.django_db(transaction=True)
def test_the_commands_keep_and_forget_a_value(workspace: Workspace, live_server: LiveServer) -> None:
    said = run(CURL, {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)})

    kept, read, listed = (json.loads(each) for each in said.replace("}{", "}\n{").splitlines())
    assert kept == read
    assert read["value"] == {"percent": 5}
    assert [row["key"] for row in listed["results"]] == ["discount"]
