"""Remove the oldest versions of workflows, when there are more than are kept and nothing refers to them.

Never the active one, nor one that a run, a gathering or a trigger is of, nor one that explains a decision about an
event that is still kept: those wait until what refers to them is gone. Numbers are never used again.
"""

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef

from core import limits, tenancy
from core.models import Workspace
from core.services import audit
from triggers.services import catalogue
from workflows.models import Gathering, Run, Workflow, WorkflowVersion

log = structlog.get_logger(__name__)

MAX_WORKFLOWS = 500  # of one sweep in one workspace
MAX_REMOVED = 500  # of one workflow in one sweep


def sweep() -> int:
    """Remove what is not kept any more, in all workspaces; returns how many versions. Safe to repeat and to run twice
    at once. What cannot be removed in one workspace stops no other."""
    removed = 0
    with tenancy.unscoped("one sweep serves all workspaces"):
        ids = WorkflowVersion.objects.order_by().values_list("workspace_id", flat=True).distinct()
        found = list(Workspace.objects.filter(pk__in=ids))
    for workspace in found:
        keep = limits.of(workspace.limits).keep_versions
        with tenancy.scope(workspace.pk):
            rows = Workflow.objects.annotate(number=Count("versions")).filter(number__gt=keep)
            for workflow in rows.order_by("pk").only("pk", "name")[:MAX_WORKFLOWS]:
                removed += _remove_guarded(workflow, keep=keep)
    return removed


def _remove_guarded(workflow: Workflow, *, keep: int) -> int:
    try:
        return remove(workflow, keep=keep)
    except IntegrityError:  # a run of one of them was started at this moment, by a replay: the next sweep looks again
        log.warning("versions are used again", workflow_id=str(workflow.pk))
        return 0


def remove(workflow: Workflow, *, keep: int) -> int:
    """Remove the versions of a workflow of the workspace in scope beyond the newest `keep`, as far as nothing refers to
    them; returns how many. Concurrency: the row of the workflow is locked, so none becomes the active one meanwhile."""
    with transaction.atomic():
        row = Workflow.objects.select_for_update(no_key=True).get(pk=workflow.pk)
        rows = WorkflowVersion.objects.filter(workflow=row).order_by("-number")
        kept = list(rows.values_list("number", flat=True)[:keep])
        active = [row.active_version_id] if row.active_version_id else []
        old = rows.filter(number__lt=min(kept, default=0)).exclude(pk__in=active).order_by("number")
        runs, gatherings = Run.objects.filter(version=OuterRef("pk")), Gathering.objects.filter(version=OuterRef("pk"))
        free = old.exclude(Exists(runs)).exclude(Exists(gatherings))
        ids = catalogue.forget(list(free.values_list("pk", flat=True)[:MAX_REMOVED]))
        numbers = sorted(WorkflowVersion.objects.filter(pk__in=ids).values_list("number", flat=True))
        if not numbers:
            return 0
        WorkflowVersion.objects.filter(pk__in=ids).delete()
        audit.record(
            "workflow.versions_removed",
            by=audit.ITSELF,
            target="workflow",
            target_id=row.pk,
            reason=f"More than the {keep} versions that are kept.",
            after={"name": row.name, "number": len(numbers), "first": numbers[0], "last": numbers[-1]},
        )
    return len(numbers)
