"""The examples of docs/commands.md, run as they stand there, and its tables."""

import argparse
import io
import re
import shlex
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class

from core import tenancy
from core.management.workspace_commands import WorkspaceCommand
from core.models import Workspace
from core.selectors import doctor
from core.services import heartbeats, secrets, workspaces
from tests import commands, factories
from tests.documentation import blocks, chapter, page
from triggers.models import Event
from triggers.services import matching

TEXT = page("docs/commands.md")
WORKFLOWS, EVENTS, SECRETS, DOCTOR = blocks(TEXT, "sh")
APPS = {"workflows": "workflows", "runs": "workflows", "usage": "workflows", "events": "triggers",
        "schedules": "triggers", "connections": "actions", "secrets": "core"}  # fmt: skip


@pytest.fixture
def demo(db: None) -> Workspace:
    return workspaces.create(slug="demo", name="Demo")


def said(block: str) -> list[list[str]]:
    """What each line of an example prints."""
    lines = [line.rpartition("python manage.py ")[2] for line in block.strip().splitlines()]
    return [commands.said(*shlex.split(line)) for line in lines]


@pytest.mark.usefixtures("empty_broker")
def test_the_commands_of_the_guide_do_what_they_say(
    demo: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "welcome.yaml").write_text("name: A\ntrigger: a.b\nactions: [{type: log_event, params: {message: x}}]")
    factories.published(demo, factories.definition(conditions=[{"field": "score", "operator": "gte", "value": 50}]))
    heartbeats.write([heartbeats.BEAT, "worker@one"])
    monkeypatch.chdir(tmp_path)

    workflows, (doctors,) = said(WORKFLOWS), said(DOCTOR)
    send, why, runs = EVENTS.strip().splitlines()
    sent = said(send)
    with tenancy.scope(demo.pk):
        matching.match(Event.objects.get().pk)
    [[verdict, remedy]] = said(why)
    monkeypatch.setattr("sys.stdin", io.StringIO("tok-1"))
    stored, listed = said(SECRETS)

    assert [lines[0] for lines in workflows][:1] == ["No problems."]
    assert [lines[-1] for lines in workflows][4:] == [
        "Greet is published as version 1.", "Greet is paused.", "Greet is active."
    ]  # fmt: skip
    assert sent[0][0].endswith("(lead.created) was accepted.")
    assert (verdict.split(":")[0], "50" in remedy, len(said(runs)[0])) == ("not_matched", True, 1)
    assert (stored, listed[1].split()[0]) == (["The secret crm_token was stored."], "crm_token")
    with tenancy.scope(demo.pk):
        assert secrets.reveal(["crm_token"]) == {"crm_token": "tok-1"}
    parts = re.findall(r"^\| (\w[\w ]*) \|", chapter(TEXT, "Doctor"), flags=re.MULTILINE)
    assert {line[8:].partition(":")[0] for line in doctors} | {"messages", "part"} == set(parts)
    assert f"over {doctor.LONG_QUEUE:,} messages" in TEXT


def test_the_table_has_every_command_and_what_it_does() -> None:
    rows = {row[0]: row[1] for row in re.findall(r"^\| `(\w+)` \| (.*) \|$", TEXT, flags=re.MULTILINE)}

    for name, app in APPS.items():
        command: Any = load_command_class(app, name)
        assert isinstance(command, WorkspaceCommand)
        told = re.findall(r"`(\w+)`", rows[name].partition(";")[0])
        assert told == [each.name for each in command.subcommands], name
        command.add_arguments(ArgumentParser())
    assert {*APPS, "doctor"} == set(rows)


def test_every_command_is_named_and_those_of_the_table_have_json() -> None:
    own = {name: app for name, app in get_commands().items() if app in {"core", "actions", "triggers", "workflows"}}
    others = TEXT.partition("\nOthers: ")[2].partition("\n## ")[0]
    with_json = {name for name, app in own.items() if _has_json(app, name)}

    assert own.keys() - REPLACED == {*APPS, "doctor", "repair", *re.findall(r"`(\w+)`", others)}
    assert with_json == {*APPS, "doctor", "reconcile"}


REPLACED = {"flush", "migrate"}  # Django's own, which ours go before


def _has_json(app: str, name: str) -> bool:
    parser = load_command_class(app, name).create_parser("manage.py", name)
    below = [each.choices for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    parsers = [*below[0].values()] if below else [parser]
    return all("--json" in each.format_help() for each in parsers)
