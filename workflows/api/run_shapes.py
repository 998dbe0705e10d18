"""What the API gives about runs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from core.api.queries import ListQuery
from core.api.shapes import Page
from core.redaction import Redactor
from triggers.context import event_names
from workflows.engine.states import FINISHED_RUN, RunStatus
from workflows.models import ActionAttempt, ActionRun, Run
from workflows.selectors import waiting
from workflows.selectors.waiting import Written

Json = dict[str, Any]

SHOWN = Redactor()  # outputs keep what later actions need, such as tokens; people need not see them


class WorkflowRunQuery(ListQuery):
    """Which runs of a workflow a list shows."""

    status: RunStatus | None = Field(None, description="The run's status")
    event: str | None = Field(None, description="The event that started it: our `uid`, or the sender's `id`")


class RunQuery(WorkflowRunQuery):
    """Which runs a list shows."""

    workflow: str | None = Field(None, description="The workflow's id or slug")
    parent: UUID | None = Field(None, description="The run whose actions started it")


class DecisionRequest(BaseModel):
    """What a person decides: approved or rejected; confirm, resend or skip where the outcome is unknown."""

    model_config = ConfigDict(extra="forbid")

    decision: str = Field(description="One of the `choices` of the action's `waiting_for`")
    comment: str = Field("", max_length=10_000, description="What is said with it")


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
    """One action of a run: its state, what went in and came out, and every try.

    In lists, `iteration` is the number of the item, with those of the lists around it before it, and `index` the last
    of them; `parent` is the action that holds it. `port` is the one that fired, null for the default one. While it
    waits, `waiting_for` says for what (see `workflows.selectors.waiting`), and `due_at` until when at the longest.
    """

    id: str
    key: str
    type: str
    iteration: str | None
    index: int | None
    parent: str | None
    item: Any
    status: str
    port: str | None
    attempts: list[AttemptResponse]
    input: Json | None
    output: Json | None
    error: Json | None
    due_at: datetime | None
    waiting_for: Json | None
    started_at: datetime | None
    finished_at: datetime | None
    duration_ms: int | None


class RunSummary(BaseModel):
    """A run in a list. `ending` is how it will end, if that is decided while something still runs."""

    id: str
    workflow: Named
    version: int
    status: str
    ending: str | None
    event: Json
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    deadline_at: datetime | None
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
    written = Written(row.version.definition)
    return RunResponse(
        **_summary(row),
        event=event_names(row.event),
        trigger=_trigger(row),
        output=SHOWN.clean(row.output),
        variables=SHOWN.clean(row.variables),
        usage=row.usage,
        actions=[_action(item, written) for item in sorted(row.action_runs.all(), key=_place)],
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
        "ending": None if row.status in FINISHED_RUN else row.outcome,
        "created_at": row.created_at,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "deadline_at": row.deadline_at,
        "duration_ms": _ms(row.started_at, row.finished_at),
        "error": row.error,
    }


def _action(row: ActionRun, written: Written) -> ActionRunResponse:
    numbers = _numbers(row)
    attempts = [_attempt(item) for item in row.attempts.all()]
    return ActionRunResponse(
        id=str(row.pk),
        key=row.key,
        type=row.type,
        iteration=row.iteration or None,
        index=numbers[-1] if numbers else None,
        parent=str(row.parent_id) if row.parent_id else None,
        item=SHOWN.clean(row.item),
        status=row.status,
        port=row.port or None,
        attempts=attempts,
        input=attempts[-1].input if attempts else None,
        output=SHOWN.clean(row.output),
        error=row.error,
        due_at=row.due_at,
        waiting_for=waiting.waiting_for(row, written),
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
    return row.position, _numbers(row)


def _numbers(row: ActionRun) -> list[int]:
    """Of the items that it is done for, the outermost list first."""
    return [int(number) for number in row.iteration.split(".") if number]


def _ms(start: datetime | None, end: datetime | None) -> int | None:
    return round((end - start).total_seconds() * 1000) if start and end else None
