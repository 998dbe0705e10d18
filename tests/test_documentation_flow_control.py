"""The examples of docs/flow-control.md, run as they stand there."""

import json
import re
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from core import limits
from core.models import Workspace
from tests import factories, hooks
from tests.documentation import blocks, page, run
from workflows.services.flow import effective, gate

TEXT = page("docs/flow-control.md")
SEND, LIST = blocks(TEXT, "sh")
CEILINGS = {"rate_ceiling", "concurrency_ceiling"}  # the rows of what they are ceilings of speak of them
WRITTEN = json.loads(blocks(TEXT, "json")[0])


@pytest.mark.django_db(transaction=True)
def test_the_commands_hold_back_what_the_text_says(
    workspace: Workspace, live_server: LiveServer, tmp_path: Path
) -> None:
    (tmp_path / "welcome.yaml").write_text(blocks(TEXT, "yaml")[0])
    environment = {"API": f"{live_server.url}/api/v1", "KEY": factories.api_key(workspace)}

    run(SEND, environment, cwd=tmp_path)
    hooks.work(workspace)
    listed = json.loads(run(LIST, environment, cwd=tmp_path))

    reasons = [each["reason"].split(" ")[0] for each in listed["results"]]
    assert reasons == ["rate", "dedupe:"]


def test_what_stands_in_the_page_may_stand_in_a_workspace() -> None:
    assert effective.problems(WRITTEN, []) == []
    assert limits.problems({"max_events_per_day": 100_000, "max_runs_per_day": 20_000}) == []


def test_every_control_of_the_gate_has_a_row() -> None:
    names = {control.name for control in gate.CONTROLS} - CEILINGS

    assert {name for name in names if f"\n| `{name}" not in TEXT and f"| `{name}` |\n" not in TEXT} == set()


def test_the_controls_are_named_in_the_order_in_which_they_are_asked() -> None:
    named = re.findall(r"`(\w+)`", TEXT.partition("in this order:")[2].partition("\n\n")[0])

    asked = [control.name.replace("circuit", "circuit_breaker") for control in gate.CONTROLS]
    assert named == [name for name in asked if name not in CEILINGS]


def test_every_code_of_a_control_is_explained_with_the_decisions() -> None:
    rows = re.findall(r"^\|.*\| ([^|]+) \|$", TEXT.partition("## The controls")[2].partition("##")[0], re.MULTILINE)
    codes = {code for row in rows for code in re.findall(r"`(\w+)`", row)} - {"pending"}
    explained = page("docs/decisions.md").partition("| code of ")[2].partition("\n\n")[0]

    assert len(codes) == 11
    assert {code for code in codes if f"`{code}`" not in explained} == set()
