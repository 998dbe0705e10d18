"""Runs are moved to versions that somebody who may lets run, whoever moves them."""

import pytest

from core import tenancy
from core.models import Role, Workspace
from tests import factories
from tests.workflows.services.bulk.doing import ASK, steps, waiting_runs
from workflows.engine.repairs import Target
from workflows.models import RepairItem, Run, Workflow, WorkflowVersion
from workflows.services import workflows
from workflows.services.bulk import previewing, requesting, table
from workflows.services.bulk.filters import RunFilter
from workflows.services.bulk.requesting import Request

pytestmark = pytest.mark.django_db
WHY = (
    "Version 2 was published by the role admin and is not active, and the run goes by one of editor. "
    "Roll the workflow back to it first."
)


@pytest.mark.parametrize(
    ("own", "other", "is_active", "moves"),
    [("editor", "admin", False, False), ("editor", "admin", True, True), ("admin", "editor", False, True)],
)
def test_a_run_goes_on_with_a_version_of_a_higher_role_only_while_that_is_active(
    workspace: Workspace, own: str, other: str, is_active: bool, moves: bool
) -> None:
    [run] = waiting_runs(workspace, 1)
    with tenancy.scope(workspace.pk):
        first, workflow = run.version, Workflow.objects.get()
        workflows.update(workflow, factories.definition(ASK, factories.log_event("more")))
        second = workflows.publish(workflow, published_by="test")
        WorkflowVersion.objects.filter(pk=first.pk).update(role=Role(own))
        WorkflowVersion.objects.filter(pk=second.pk).update(role=Role(other))
        Workflow.objects.update(active_version=second if is_active else first)
        move = table.find(Target.RUN, "move")
        options, filter_ = table.options(move, {"version": 2}), RunFilter(status=["waiting"])

        seen = previewing.preview(move, filter_, options=options, per_second=100.0)
        steps(requesting.request(Request(move, filter_, options, 1, "key op", per_second=100.0)).repair)

        item = RepairItem.objects.get()
        expected = (
            (0, "done", None, second.pk) if moves else (1, "skipped", {"code": "pinned", "message": WHY}, first.pk)
        )
        assert (seen.refused, item.status, item.error, Run.objects.get().version_id) == expected
