"""`manage.py runs` and `usage`: steered, explained, and only those of the workspace."""

from uuid import uuid4

import pytest
from django.core.management import CommandError

from core import tenancy
from core.models import Workspace
from tests import commands, factories, runner
from tests.factories import definition
from triggers.services import matching
from workflows.models import Run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_broker")]
WAITS = definition({"type": "delay", "params": {"seconds": 3600}})


def started(workspace: Workspace, document: dict[str, object] | None = None) -> Run:
    factories.published(workspace, document)
    event = factories.event(workspace)
    matching.match(event.pk)
    runner.drain()
    with tenancy.scope(workspace.pk):
        return Run.objects.get()


def test_a_run_that_waits_says_for_what_and_is_cancelled(workspace: Workspace) -> None:
    run = started(workspace, WAITS)

    why = commands.said("runs", "why", str(run.pk), workspace=workspace)
    listed = commands.said("runs", "list", "--status", "waiting", "--workflow", "greet", workspace=workspace)
    said = commands.said("runs", "cancel", str(run.pk), "--reason", "late", workspace=workspace)

    assert why[0] == f"Run {run.pk} of Greet, version 1, is waiting."
    assert why[1].startswith("Action delay (delay) waits for time, until ")
    assert why[2].startswith("It was started by trigger ")
    assert listed[1].split()[:4] == [str(run.pk), "Greet", "1", "waiting"]
    assert said == [f"Run {run.pk} is cancelled."]
    assert commands.body("runs", "show", str(run.pk), workspace=workspace)["status"] == "cancelled"


def test_a_run_that_completed_is_replayed_and_not_retried(workspace: Workspace) -> None:
    run = started(workspace)

    with pytest.raises(CommandError):
        commands.said("runs", "retry", str(run.pk), workspace=workspace)
    new = commands.body("runs", "replay", str(run.pk), "--reason", "again", workspace=workspace)

    assert new["lineage"]["replay_of"] == str(run.pk)
    with tenancy.scope(workspace.pk):
        assert Run.objects.count() == 2


def test_a_run_that_was_cancelled_is_retried(workspace: Workspace) -> None:
    run = started(workspace, WAITS)
    commands.said("runs", "cancel", str(run.pk), "--immediate", workspace=workspace)

    said = commands.said("runs", "retry", str(run.pk), workspace=workspace)

    assert said[0] in {f"Run {run.pk} is {status}." for status in ("queued", "running", "waiting")}


@pytest.mark.parametrize("what", ["show", "cancel", "retry", "replay", "why"])
def test_runs_of_others_are_not_there(workspace: Workspace, other_workspace: Workspace, what: str) -> None:
    theirs = started(other_workspace, WAITS)

    for id_ in (str(theirs.pk), str(uuid4()), "nothing"):
        with pytest.raises(CommandError, match=f"There is no run '{id_}' in this workspace"):
            commands.said("runs", what, id_, workspace=workspace)

    assert commands.body("runs", "list", workspace=workspace) == []
    with tenancy.scope(other_workspace.pk):
        assert [row.status for row in Run.objects.all()] == ["waiting"]


def test_what_was_used_and_what_is_left_is_shown(workspace: Workspace) -> None:
    factories.published(workspace)

    quotas = commands.said("usage", "quotas", workspace=workspace)
    used = commands.body("usage", "show", workspace=workspace)

    assert [line.split()[:2] for line in quotas[:2]] == [["limit", "used"], ["max_workflows", "1"]]
    assert used == {"results": []}
    for args, message in (
        (["--since", "soon"], "/since: "),
        (["--since", "2026-01-01T00:00:00Z", "--until", "2026-06-01T00:00:00Z"], "31 days"),
        (["--workflow", "none"], "There is no workflow"),
    ):
        with pytest.raises(CommandError, match=message):
            commands.said("usage", "show", *args, workspace=workspace)
