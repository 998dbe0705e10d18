"""The examples of docs/templates.md, run as they stand there."""

import json
import shlex
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from core.models import Workspace
from tests import factories
from tests.documentation import blocks, page, run
from workflows.services.templates import library
from workflows.services.templates.parameter import Kind

TEXT = page("docs/templates.md")
USE, UPDATE, TEST, COMMANDS = blocks(TEXT, "sh")


def commands(script: str, *, workspace: Workspace, folder: Path) -> str:
    """What the commands of `manage.py` print, for this workspace and in this folder."""
    out = StringIO()
    for line in script.splitlines():
        words = shlex.split(
            line.replace("demo", workspace.slug).replace("late_orders.yaml", f"{folder}/late_orders.yaml")
        )
        call_command(*words[2:], stdout=out)
    return out.getvalue()


def test_every_kind_of_parameter_is_named() -> None:
    assert [kind for kind in Kind if f"`{kind}`" not in TEXT] == []


@pytest.mark.django_db(transaction=True)
def test_a_template_is_found_forked_and_updated_by_the_commands_of_the_guide(
    workspace: Workspace, live_server: LiveServer
) -> None:
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}

    used = run(f"{USE}\n", environment)
    updated = run(UPDATE, environment)

    decoder, answers, rest = json.JSONDecoder(), [], used + updated
    while rest.strip():
        answer, end = decoder.raw_decode(rest.strip())
        answers.append(answer)
        rest = rest.strip()[end:]
    found, shown, preview, made, told, planned, changed = answers
    assert [each["slug"] for each in found["results"]] == ["error-alert"]
    assert shown["parameters"]["required"] == ["slack", "on_call"]
    assert [each["code"] for each in preview["problems"]] == ["unknown_connection"]
    assert made["draft"]["settings"]["cooldown_seconds"] == 600
    assert (told["is_outdated"], planned["changes"], changed["revision"]) == (False, [], made["revision"])


@pytest.mark.django_db
def test_the_template_of_the_guide_passes_its_tests_and_the_commands_work(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "late_orders.yaml").write_text(blocks(TEXT, "yaml")[0])

    assert commands(TEST, workspace=workspace, folder=tmp_path) == blocks(TEXT, "text")[0]
    printed = commands(COMMANDS, workspace=workspace, folder=tmp_path)

    assert all(f"passed {each.slug}: " in printed for each in library.listed() if each.trials)
    assert "\nerrors " in printed
