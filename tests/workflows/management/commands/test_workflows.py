"""`manage.py workflows`: what operators do with one, what is audited, and what is refused."""

from pathlib import Path

import pytest
from django.core.management import CommandError

from core import tenancy
from core.models import AuditEntry, Workspace
from tests import commands, factories
from tests.factories import definition, log_event
from workflows.models import Run, Workflow
from workflows.services import workflows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_broker")]


def made(workspace: Workspace) -> Workflow:
    with tenancy.scope(workspace.pk):
        return workflows.create(definition())


def test_the_life_of_a_workflow_is_audited_by_the_user_of_the_system(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ann")
    row = made(workspace)

    def do(*args: str) -> list[str]:
        return commands.said("workflows", *args, workspace=workspace)

    said = [*do("publish", "greet", "--reason", "new"), *do("pause", "greet"), *do("resume", "greet")]
    with tenancy.scope(workspace.pk):
        workflows.update(row, definition(log_event("other")))
    changed = do("diff", "greet")
    said += [*do("publish", str(row.pk)), *do("rollback", "greet", "1", "--draft"), *do("archive", "greet")]

    assert said == [
        "Greet is published as version 1.", "Greet is paused.", "Greet is active.", "Greet is published as version 2.",
        "Greet is back at version 1.", "Greet is archived.",
    ]  # fmt: skip
    assert changed[0] == "1 -> draft: 1 changes"
    assert "message" in changed[1]
    with tenancy.scope(workspace.pk):
        entries = AuditEntry.objects.filter(actor="manage.py ann").order_by("id")
        words = ["published", "paused", "resumed", "published", "rolled_back", "updated", "archived"]
        assert [each.action for each in entries if each.target == "workflow"] == [f"workflow.{word}" for word in words]
        assert entries[0].reason == "new"
    assert do("list") == ["slug  status  version  unpublished  name"]
    assert do("list", "--status", "archived")[1].split() == ["greet", "archived", "1", "no", "Greet"]


def test_programs_are_answered_as_by_the_api(workspace: Workspace) -> None:
    row = made(workspace)

    [listed] = commands.body("workflows", "list", workspace=workspace)
    shown = commands.body("workflows", "show", "greet", workspace=workspace)
    published = commands.body("workflows", "publish", "greet", workspace=workspace)

    assert (listed["id"], listed["status"], shown["problems"]) == (str(row.pk), "draft", [])
    assert (published["status"], published["active_version"]) == ("active", 1)


def test_a_draft_with_problems_is_refused_with_each_of_them(workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk):
        workflows.create(definition({"type": "no_such_type"}))

    with pytest.raises(CommandError, match=r"/actions/0/type: .*no_such_type"):
        commands.said("workflows", "publish", "greet", workspace=workspace)

    with tenancy.scope(workspace.pk):
        assert Workflow.objects.get().status == "draft"


def test_a_workflow_is_tested_and_nothing_happens(workspace: Workspace) -> None:
    made(workspace)
    event = factories.event(workspace)

    kept = commands.said("workflows", "test", "greet", workspace=workspace)
    lines = commands.said("workflows", "test", "greet", "--event", str(event.pk), workspace=workspace)

    assert kept == ["0 passed, 0 failed"]
    assert lines[0].startswith("completed; starts by trigger ")
    assert lines[2].split()[:4] == ["log_event", "log_event", "completed", "sample"]
    with tenancy.scope(workspace.pk):
        assert not Run.objects.exists()


def test_a_file_is_looked_at_as_if_it_were_published(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad, none = tmp_path / "good.yaml", tmp_path / "bad.yaml", tmp_path / "none.yaml"
    good.write_text("name: A\ntrigger: a.b\nactions: [{type: log_event, params: {message: x}}]\n")
    bad.write_text("trigger: a.b\nactions: [{type: log_event, params: {message: '{{ secrets.absent }}'}}]\n")
    none.write_text("- 1\n")

    fine = commands.said("workflows", "validate", str(good), workspace=workspace)
    with pytest.raises(SystemExit, match="1"):
        commands.said("workflows", "validate", str(bad), workspace=workspace)
    for path, message in ((none, "is no definition"), (tmp_path / "absent", "cannot be read")):
        with pytest.raises(CommandError, match=message):
            commands.said("workflows", "validate", str(path), workspace=workspace)

    assert fine == ["No problems."]
    with tenancy.scope(workspace.pk):
        assert not Workflow.objects.exists()


@pytest.mark.parametrize("what", ["show", "publish", "pause", "resume", "archive", "diff", "test", "rollback"])
def test_workflows_of_others_are_not_there(workspace: Workspace, other_workspace: Workspace, what: str) -> None:
    theirs = factories.published(other_workspace)

    for id_ in (str(theirs.pk), theirs.slug):
        args = [what, id_, *(["1"] if what == "rollback" else [])]
        with pytest.raises(CommandError, match="There is no workflow"):
            commands.said("workflows", *args, workspace=workspace)

    with tenancy.scope(other_workspace.pk):
        assert Workflow.objects.get().status == "active"
