"""Nothing that changes while an hour is counted is missed."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core import ids, tenancy
from core.models import Workspace
from tests import factories
from workflows.models import Run, RunHour, WorkflowVersion
from workflows.selectors import run_counts
from workflows.services import rollups


def begun(workspace: Workspace) -> Run:
    """A failed run that began three hours ago."""
    at = timezone.now() - timedelta(hours=3)
    factories.published(workspace)
    event = factories.event(workspace)
    pk = str(ids.first_at(at))[:14] + str(ids.new_id())[14:]
    with tenancy.scope(workspace.pk):
        version = WorkflowVersion.objects.get()
        return Run.objects.create(
            pk=pk, workspace=workspace, workflow_id=version.workflow_id, version=version, event=event, created_at=at,
            status="failed",
        )  # fmt: skip


def found(workspace: Workspace) -> tuple[str, set[str]]:
    """The state of the hour, and the statuses that were counted in it."""
    with tenancy.scope(workspace.pk):
        hour = RunHour.objects.get()
        return hour.state, set(hour.counts)


@pytest.mark.django_db
def test_a_run_that_changes_while_its_hour_is_counted_has_it_counted_again(workspace: Workspace) -> None:
    run = begun(workspace)
    with tenancy.unscoped("as the sweep does"):
        claimed = rollups._claim()
        wanted = [(workflow, run_counts.Span(at, at + run_counts.HOUR)) for _, workflow, at in claimed]
        run_counts.counted(wanted)
        Run.objects.filter(pk=run.pk).update(status="completed")

        assert rollups._count(claimed) == 0
        assert found(workspace) == ("stale", set())
        assert rollups.fold() == 1
        assert found(workspace) == ("counted", {"completed"})


@pytest.mark.django_db
def test_a_run_that_changes_after_its_hour_was_counted_makes_it_stale(workspace: Workspace) -> None:
    run = begun(workspace)
    rollups.fold()
    assert found(workspace) == ("counted", {"failed"})

    with tenancy.scope(workspace.pk):
        Run.objects.filter(pk=run.pk).update(status="completed")

    assert found(workspace)[0] == "stale"


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_not_committed_yet_is_waited_for(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "PATIENCE_SECONDS", 0.1)
    run = begun(workspace)  # its hour is stale: whoever changes it now writes nothing there
    changed, may_commit = threading.Event(), threading.Event()

    def change() -> None:
        with tenancy.scope(workspace.pk), transaction.atomic():
            Run.objects.filter(pk=run.pk).update(status="completed")
            changed.set()
            may_commit.wait(30)
        connection.close()

    other = threading.Thread(target=change)
    other.start()
    assert changed.wait(30)
    meanwhile = rollups.fold()
    may_commit.set()
    other.join(30)
    monkeypatch.setattr(rollups, "PATIENCE_SECONDS", 30)  # the server's other databases have transactions, too

    assert meanwhile == 0
    assert rollups.fold() == 1
    assert found(workspace) == ("counted", {"completed"})
