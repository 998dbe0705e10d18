"""The examples of docs/sources.md, run as they stand there."""

import json
import shlex
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from core import tenancy
from core.models import Workspace
from examples.crm import watching
from examples.crm.models import Deal
from tests import documentation, factories
from tests.triggers import tables
from triggers.models import Event
from triggers.services import consuming
from workflows.definitions import shorthand
from workflows.definitions.check import check
from workflows.definitions.references import Known

TEXT = documentation.page("docs/sources.md")


def blocks(language: str, chapter: str) -> list[str]:
    return documentation.blocks(documentation.chapter(TEXT, chapter), language)


def example(chapter: str) -> dict[str, Any]:
    document: dict[str, Any] = documentation.parsed(blocks("yaml", chapter)[0])
    return document


@pytest.fixture
def demo(db: None) -> Workspace:
    return factories.WorkspaceFactory.create(slug="demo")


def events(workspace: Workspace) -> list[Event]:
    with tenancy.scope(workspace.pk):
        return list(Event.objects.order_by("id"))


@pytest.mark.parametrize("chapter", ["Django models", "Actions", "People"])
@pytest.mark.django_db
def test_the_workflows_have_no_problems(chapter: str) -> None:
    assert check(shorthand.normalise(example(chapter)), Known()) == []


@pytest.mark.django_db
def test_models_are_registered_and_changed_as_it_says(demo: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    import examples.crm.models

    monkeypatch.setitem(sys.modules, "crm.models", examples.crm.models)
    registering, changing = blocks("python", "Django models")
    names: dict[str, Any] = {"workspace": demo}
    try:
        exec(registering, names)
        names["SalesConfig"].ready(None)
        exec(changing, names)
        Deal.objects.all().delete()
        deal = Deal.objects.create(workspace=demo, amount=100)
        deal.stage = "won"
        deal.save()
    finally:
        watching.end()
        watching.begin()

    shown = json.loads(blocks("json", "Django models")[0])
    assert events(demo)[-1].type == "deal.stage_changed"
    assert events(demo)[-1].data == {**shown, "deal_id": str(deal.pk)}
    assert [event.type for event in events(demo)].count("deal.created") == 4


@pytest.mark.django_db
def test_the_commands_for_tables_work(demo: Workspace) -> None:
    tables.run("CREATE TABLE leads (id int PRIMARY KEY, name text, score int, iban text, workspace_id uuid)")

    for line in blocks("sh", "Tables")[0].splitlines():
        python, manage, *arguments = shlex.split(line)
        assert (python, manage) == ("python", "manage.py")
        call_command(*arguments, stdout=StringIO())


@pytest.mark.django_db
def test_the_commands_for_brokers_can_be_given(
    demo: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[Any] = []

    def consume(_: Any, routes: Any, **__: Any) -> consuming.Counts:
        connected.append(routes)
        return consuming.Counts()

    monkeypatch.setattr(consuming, "consume", consume)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "queues.yaml").write_text(blocks("yaml", "Brokers")[0])

    for line in blocks("sh", "Brokers")[0].splitlines():
        call_command(*shlex.split(line)[2:], stdout=StringIO())

    assert [[route.queue for route in routes] for routes in connected] == [
        ["orders"], ["orders"], ["service_events"], ["orders", "service_events"]
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_program_emits_as_it_says(demo: Workspace) -> None:
    exec(blocks("python", "Programs")[0], {})

    assert [(event.type, event.event_id) for event in events(demo)] == [("order.paid", "order-7-paid")]


@pytest.mark.django_db(transaction=True)
def test_a_workflow_is_started_by_its_command(workspace: Workspace, live_server: LiveServer) -> None:
    factories.published(workspace, example("People"))
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}

    assert json.loads(documentation.run(blocks("sh", "People")[0], environment))["duplicate"] is False
