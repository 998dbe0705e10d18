"""The end of a workflow's life, and copies of it: archived, restored, deleted, duplicated."""

from itertools import count

from django.db import IntegrityError, transaction
from django.utils import timezone

from core.errors import ConflictError
from core.preconditions import Expected
from core.services import room
from triggers.models import Firing
from triggers.services import catalogue
from workflows.engine.states import WorkflowStatus
from workflows.models import Gathering, Run, Workflow
from workflows.services import workflows
from workflows.services.templates import provenance

MAX_NAME_CHARACTERS = 200
ARCHIVED = WorkflowStatus.ARCHIVED


def archive(workflow: Workflow, *, by: str = "", reason: str = "") -> Workflow:
    """Let a workflow listen no more and show in no list, until it is restored. One that is archived stays as it is.

    Its triggers stop at once: events, schedules and webhooks start nothing any more, nor does anybody by hand. Runs go
    on, those that are held too, since they have been accepted. Events that gather are held back when their gathering
    is due, and say so. It keeps its name, its versions and its runs, and takes no place of `max_workflows`.
    """
    with transaction.atomic():
        row = workflows.locked(workflow)
        if row.status == ARCHIVED:
            return row
        if row.active_version is not None:
            catalogue.listen(
                workflow_id=row.pk, version_id=row.active_version.pk, is_listening=False, because="archived"
            )
        before = {"status": row.status}
        row.status, row.archived_at = ARCHIVED.value, timezone.now()
        row.save(update_fields=["status", "archived_at", "updated_at"])
        workflows.audit_of("archived", row, by=by, before=before, after={"status": row.status}, reason=reason)
    return row


def restore(workflow: Workflow, *, by: str = "", reason: str = "") -> Workflow:
    """Bring an archived workflow back: paused if it was ever published, so that nothing starts before somebody resumes
    it, else as a draft.

    Raises `ConflictError` for one that is not archived, and `FullError` where there is no room for it.
    Concurrency: the row of the workspace is locked before that of the workflow, as when one is created.
    """
    with transaction.atomic():
        room.locked()
        row = workflows.locked(workflow)
        if row.status != ARCHIVED:
            raise ConflictError(f"The workflow is {row.status}, and not archived.")
        room.make("max_workflows")
        row.status = (WorkflowStatus.PAUSED if row.active_version else WorkflowStatus.DRAFT).value
        row.archived_at = None
        row.save(update_fields=["status", "archived_at", "updated_at"])
        before, after = {"status": ARCHIVED.value}, {"status": row.status}
        workflows.audit_of("restored", row, by=by, before=before, after=after, reason=reason)
    return row


def delete(workflow: Workflow, *, by: str = "", expected: Expected | None = None) -> None:
    """Delete a workflow that never ran and that no event was decided for, with its versions.

    Raises `ConflictError` for any other: what it did has to stay readable, so it is archived. Raises
    `PreconditionFailedError` when it is not the expected one. Concurrency: the row is locked FOR UPDATE, against which
    a run that starts waits; so either the run is seen here, or it finds no workflow. What fires meanwhile for one of
    its triggers is found by the database, at the end.
    """
    try:
        _delete(workflow, by=by, expected=expected)
    except IntegrityError:
        raise ConflictError("An event came for the workflow at this moment. Archive it instead.") from None


def _delete(workflow: Workflow, *, by: str, expected: Expected | None) -> None:
    with transaction.atomic():
        row = Workflow.objects.select_for_update(of=("self",)).select_related("active_version").get(pk=workflow.pk)
        workflows.check_expected(row, expected)
        has_run = Run.objects.filter(workflow=row).exists() or Gathering.objects.filter(workflow=row).exists()
        if has_run or Firing.objects.filter(trigger__workflow=row).exists():
            raise ConflictError(
                "The workflow has run, or events were decided for it, and that has to stay readable. Archive it: "
                "POST .../archive/."
            )
        if row.active_version is not None:
            catalogue.listen(workflow_id=row.pk, version_id=row.active_version.pk, is_listening=False, because="paused")
        workflows.audit_of("deleted", row, by=by, before={"name": row.name, "status": row.status})
        row.active_version = None
        row.save(update_fields=["active_version"])
        row.delete()


def duplicate(workflow: Workflow, *, name: str = "", by: str = "") -> Workflow:
    """A new draft that says what the draft of this one says, under its own name. Versions and runs are not copied.

    Raises as `workflows.create` does.
    """
    with transaction.atomic():
        row = Workflow.objects.get(pk=workflow.pk)  # not locked: creating locks the workspace, which comes first
        new = workflows.create(row.draft, name=name or free_name(row.name), by=by)
        new.layout = row.layout
        new.save(update_fields=["layout"])
        provenance.copy(row, new)
        workflows.audit_of("duplicated", row, by=by, after={"copy": str(new.pk), "copy_name": new.name})
    return new


def free_name(name: str) -> str:
    """`Greet (copy)`, or with a number. Two at once meet the unique constraint of names."""
    for number in count(1):
        suffix = " (copy)" if number == 1 else f" (copy {number})"
        found = f"{name[: MAX_NAME_CHARACTERS - len(suffix)]}{suffix}"
        if not Workflow.objects.filter(name__iexact=found).exists():
            return found
    raise AssertionError("there are more numbers than workflows")
