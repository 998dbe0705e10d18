from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from core import tenancy
from core.management.frame import operator
from core.models import Workspace
from workflows.models import Workflow
from workflows.services.templates import provenance

pytestmark = pytest.mark.django_db

WRONG = """
name: Wrong
parameters: { who: { title: Who } }
definition:
  trigger: a.b
  actions: [{ id: greet, type: log_event, params: { message: "Hello ${who}" } }]
tests:
  - name: It greets
    parameters: { who: Ada }
    event: { type: a.b }
    expected: { status: completed, actions: { greet: { status: skipped } } }
"""


def printed(*words: str) -> str:
    out = StringIO()
    call_command("templates", *words, stdout=out)
    return out.getvalue()


def test_templates_are_listed_with_who_brings_them() -> None:
    lines = printed("list").splitlines()

    assert "error-alert (sequitur) Alert on errors, with a cooldown" in lines
    assert "lead-nurture (examples.crm) Nurture a lead" in lines


def test_one_is_shown_with_its_parameters() -> None:
    text = printed("show", "announce-won-deals")

    assert "  minimum (number, default 10000): Least value" in text
    assert "  slack (connection, required): Slack" in text


def test_a_fork_takes_values_as_they_are_typed(workspace: Workspace) -> None:
    words = ["--parameter", "slack=team", "--parameter", "minimum=250.5", "--parameter", "channel=#7"]

    text = printed("fork", "announce-won-deals", "--workspace", workspace.slug, "--name", "Wins", *words)

    with tenancy.scope(workspace.pk):
        row = Workflow.objects.get()
    assert text == f"wins {row.pk}\n"
    assert row.draft is not None
    made_of = provenance.find(row)
    assert (made_of.parameters["minimum"], made_of.by) == (250.5, operator())
    assert row.draft["actions"][0]["params"]["channel"] == "#7"


def test_the_file_of_a_template_that_is_being_written_is_tested(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(WRONG)
    right = tmp_path / "right.yaml"
    right.write_text(WRONG.replace("skipped", "completed, would: { params: { message: Hello Ada } }"))

    assert printed("test", str(right), "--workspace", workspace.slug) == "passed right: It greets\n"
    with pytest.raises(CommandError, match=r"1 test\(s\) failed"):
        printed("test", str(path), "--workspace", workspace.slug)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["show"], "Name the template."),
        (["show", "nope"], "There is no template 'nope'."),
        (["fork", "lead-nurture"], "Say which workspace"),
        (["fork", "lead-nurture", "--workspace", "nope"], "There is no workspace 'nope'."),
        (["fork", "lead-nurture", "--workspace", "nope", "--parameter", "x"], "Expected NAME=VALUE"),
        (["test", "nope.yaml", "--workspace", "HERE"], "There is no file"),
        (["fork", "error-alert", "--workspace", "HERE"], "/parameters/slack: 'slack' is missing"),
    ],
)
def test_what_cannot_be_done_is_said(workspace: Workspace, words: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        printed(*(workspace.slug if word == "HERE" else word for word in words))
