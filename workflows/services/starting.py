"""Start a workflow because somebody says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import schemas, tenancy
from core.errors import ConflictError, InvalidError, Problem
from core.ids import new_id
from triggers.models import Event
from triggers.services import emitting
from workflows.definitions.document import TriggerPart
from workflows.engine.states import WorkflowStatus
from workflows.models import Run, Workflow
from workflows.services import runs, versions

EVENT_TYPE = "manual.started"
SOURCE = "manual"


@dataclass(frozen=True, slots=True)
class Started:
    """The run, and whether it had been started before."""

    run: Run
    is_duplicate: bool


def execute(workflow: Workflow, data: Mapping[str, Any], *, idempotency_key: str = "", by: str = "") -> Started:
    """Start one run of an active workflow, whatever its triggers listen to; their conditions are not asked.

    The run's event is `manual.started`; it is for nobody else. If the workflow has a `manual` trigger with `input`, the
    data must fit that. With the same `idempotency_key` there is one run: two calls at once meet the unique constraint
    of the event, and the second is answered with the run of the first.

    Raises `ConflictError` for a workflow that is not active, or a key that started another one, and `InvalidError` for
    data that does not fit.
    """
    with transaction.atomic():
        first = Event.objects.filter(source=SOURCE, event_id=idempotency_key).first() if idempotency_key else None
        if first is not None:  # whatever became of the workflow since then
            return Started(_run_of(first, workflow), is_duplicate=True)
        if workflow.status != WorkflowStatus.ACTIVE or workflow.active_version_id is None:
            what = "Publish" if workflow.active_version_id is None else "Resume"
            raise ConflictError(f"The workflow is {workflow.status}, so it cannot be started. {what} it first.")
        trigger = _trigger(versions.load(workflow.active_version_id).definition.triggers)
        event, is_new = _event(_checked(data, trigger), key=idempotency_key, by=by)
        if not is_new:
            return Started(_run_of(event, workflow), is_duplicate=True)
        return Started(runs.start_by_hand(workflow, event, trigger_key=trigger.id if trigger else ""), False)


def _trigger(triggers: Sequence[TriggerPart]) -> TriggerPart | None:
    """The first manual one."""
    return next((part for part in triggers if part.type == "manual"), None)


def _checked(data: Mapping[str, Any], trigger: TriggerPart | None) -> dict[str, Any]:
    schema = trigger.params.get("input") if trigger else None
    plain = emitting.checked(EVENT_TYPE, data).data
    if schema is not None and (found := schemas.compile_schema(schema).problems(plain, path="/data")):
        raise InvalidError("The data is not what the workflow takes.", problems=found)
    return dict(plain)


def _event(data: dict[str, Any], *, key: str, by: str) -> tuple[Event, bool]:
    """The event of a start, matched already, and whether it is new."""
    now, uid = timezone.now(), new_id()
    row = Event(
        id=uid,
        workspace_id=tenancy.current_workspace_id(),
        source=SOURCE,
        event_id=key or str(uid),
        type=EVENT_TYPE,
        subject=by[: emitting.MAX_CHARACTERS],
        time=now,
        data=data,
        is_public=False,
        received_at=now,
        matched_at=now,
    )
    Event.objects.bulk_create([row], ignore_conflicts=True)
    stored = Event.objects.get(source=SOURCE, event_id=row.event_id)
    return stored, stored.pk == uid


def _run_of(event: Event, workflow: Workflow) -> Run:
    run = Run.objects.select_related("workflow", "event").filter(event=event, replay_of=None).first()
    if run is None or run.workflow_id != workflow.pk:
        message = "Another workflow was started with this idempotency key; use a key of its own for each start."
        problem = Problem("/idempotency_key", "conflict", message)
        raise ConflictError(message, problems=[problem])
    return run
