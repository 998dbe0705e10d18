"""What the API gives about runs."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from core.api.queries import ListQuery
from core.api.shapes import Page
from core.redaction import Redactor
from triggers.context import event_names
from workflows.engine.states import RunStatus
from workflows.models import ActionAttempt, ActionRun, Run

Json = dict[str, Any]

SHOWN = Redactor()  # outputs keep what later actions need, such as tokens; people need not see them


class WorkflowRunQuery(ListQuery):
    """Which runs of a workflow a list shows."""

    status: RunStatus | None = Field(None, description="The run's status")
    event: str | None = Field(None, description="The event that started it: our `uid`, or the sender's `id`")


class RunQuery(WorkflowRunQuery):
    """Which runs a list shows."""

    workflow: str | None = Field(None, description="The workflow's id or slug")


class Named(BaseModel):
    """A thing by id and name."""

    id: str
    name: str


class AttemptResponse(BaseModel):
    """One real try of an action."""

    number: int
    outcome: str
    started_at: datetime
    finished_at: datetime
    duration_ms: int
    input: Json | None
    request: Json | None
    response: Json | None
    error: Json | None


class ActionRunResponse(BaseModel):
    """One action of a run: its state, what went in and came out, and every try. `due_at` is set while it waits."""

    id: str
    key: str
    type: str
    iteration: str | None
    parent: str | None
    item: Any
    status: str
    port: str | None
    attempts: list[AttemptResponse]
    input: Json | None
    output: Json | None
    error: Json | None
    due_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    duration_ms: int | None


class RunSummary(BaseModel):
    """A run in a list."""

    id: str
    workflow: Named
    version: int
    status: str
    event: Json
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    duration_ms: int | None
    error: Json | None


class RunResponse(RunSummary):
    """A run with all its actions in order."""

    trigger: Json | None
    output: Json | None
    variables: Json
    usage: dict[str, int]
    actions: list[ActionRunResponse]
    notifications: list[Json]
    lineage: Json


class RunPage(Page[RunSummary]):
    """Runs, newest first."""


def summary(row: Run) -> RunSummary:
    event = {"id": row.event.event_id, "uid": str(row.event_id), "type": row.event.type}
    return RunSummary(**_summary(row), event=event)


def run(row: Run) -> RunResponse:
    return RunResponse(
        **_summary(row),
        event=event_names(row.event),
        trigger=_trigger(row),
        output=SHOWN.clean(row.output),
        variables=SHOWN.clean(row.variables),
        usage=row.usage,
        actions=[_action(item) for item in sorted(row.action_runs.all(), key=_place)],
        notifications=[],
        lineage=_lineage(row),
    )


def _trigger(row: Run) -> Json | None:
    if row.firing is None:
        return None
    trigger = row.firing.trigger
    return {"id": str(trigger.pk), "key": trigger.key, "type": trigger.type, "event_type": trigger.event_type}


def _lineage(row: Run) -> Json:
    """The runs above and below: which action started it or whose failure it handles, and which it started."""
    started = [child.pk for action in row.action_runs.all() for child in action.child_runs.all()]
    parent = row.parent
    return {
        "depth": row.depth,
        "parent": {"run": str(parent.run_id), "action": parent.key, "action_run": str(parent.pk)} if parent else None,
        "cause": str(row.cause_id) if row.cause_id else None,
        "children": [str(pk) for pk in started],
        "consequences": [str(each.pk) for each in row.consequences.all()],
    }


def _summary(row: Run) -> Json:
    return {
        "id": str(row.pk),
        "workflow": Named(id=str(row.workflow_id), name=row.workflow.name),
        "version": row.version.number,
        "status": row.status,
        "created_at": row.created_at,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "duration_ms": _ms(row.started_at, row.finished_at),
        "error": row.error,
    }


def _action(row: ActionRun) -> ActionRunResponse:
    attempts = [_attempt(item) for item in row.attempts.all()]
    return ActionRunResponse(
        id=str(row.pk),
        key=row.key,
        type=row.type,
        iteration=row.iteration or None,
        parent=str(row.parent_id) if row.parent_id else None,
        item=SHOWN.clean(row.item),
        status=row.status,
        port=row.port or None,
        attempts=attempts,
        input=attempts[-1].input if attempts else None,
        output=SHOWN.clean(row.output),
        error=row.error,
        due_at=row.due_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        duration_ms=_ms(row.started_at, row.finished_at),
    )


def _attempt(row: ActionAttempt) -> AttemptResponse:
    duration = _ms(row.started_at, row.finished_at)
    return AttemptResponse(
        number=row.number,
        outcome=row.outcome,
        started_at=row.started_at,
        finished_at=row.finished_at,
        duration_ms=duration or 0,
        input=row.input,
        request=row.request,
        response=row.response,
        error=row.error,
    )


def _place(row: ActionRun) -> tuple[int, list[int]]:
    """In the order of the document, and the items of a loop in theirs."""
    return row.position, [int(number) for number in row.iteration.split(".") if number]


def _ms(start: datetime | None, end: datetime | None) -> int | None:
    return round((end - start).total_seconds() * 1000) if start and end else None
