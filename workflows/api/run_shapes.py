"""What the API gives about runs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from actions import usage
from core.api.queries import Instant, ListQuery
from core.api.shapes import Page
from core.redaction import Redactor
from triggers.context import event_names
from workflows.api.notification_shapes import NotificationResponse, notification
from workflows.engine.graph import ERROR
from workflows.engine.states import FINISHED_RUN, ActionStatus, RunStatus
from workflows.models import ActionAttempt, ActionRun, Run
from workflows.selectors import notifications, runs, waiting
from workflows.selectors.runs import MAX_ACTIONS, MAX_AROUND, Around
from workflows.selectors.waiting import Written

Json = dict[str, Any]
Counts = dict[str, int | float]

SHOWN = Redactor()  # outputs keep what later actions need, such as tokens; people need not see them


class WorkflowRunQuery(ListQuery):
    """Which runs of a workflow a list shows."""

    status: RunStatus | None = Field(None, description="The run's status")
    event: str | None = Field(None, description="The event that started it: our `uid`, or the sender's `id`")
    held: bool | None = Field(None, description="Whether it may not start yet")
    since: Instant | None = Field(None, description="Begun at this time or later; ISO 8601")
    until: Instant | None = Field(None, description="Begun before this time")


class RunQuery(WorkflowRunQuery):
    """Which runs a list shows."""

    workflow: str | None = Field(None, description="The workflow's id or slug")
    parent: UUID | None = Field(None, description="The run whose actions started it")
    root: UUID | None = Field(None, description="The event that all began with, our `uid`: its own runs, and theirs")
    cause: UUID | None = Field(None, description="The run whose failure it handles")
    replay_of: UUID | None = Field(None, description="The run that it does again")


class DecisionRequest(BaseModel):
    """What a person decides: approved or rejected; confirm, resend or skip where the outcome is unknown."""

    model_config = ConfigDict(extra="forbid")

    decision: str = Field(
        description="One of the `choices` of the action's `waiting_for`: approved or rejected; where the outcome is "
        "unknown, confirm (it was done), resend (do it again, with the same idempotency key) or skip (it, and what "
        "needs it)"
    )
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
    usage: Counts = Field(description="What this try used up")


class ActionRunResponse(BaseModel):
    """One action of a run: its state, what went in and came out, and every try."""

    id: str = Field(description="Of this action in this run: what `decide` takes")
    key: str = Field(description="Its id in the definition; `<id>.undo` for what makes it undone")
    type: str
    iteration: str | None = Field(description="The number of its item, behind those of the lists around: 0.2")
    index: int | None = Field(description="The last number of `iteration`")
    parent: str | None = Field(description="The `id` of the action that holds it: a loop, one of its items, a parallel")
    item: Any
    status: ActionStatus
    port: str | None = Field(
        description="The port that fired: done, error, or a port of its type, of one that was left out too. What needs "
        "another one is skipped. "
        "With `allow_failure`, done fires beside error"
    )
    attempts: list[AttemptResponse] = Field(description="Its real tries; waiting is none")
    input: Json | None = Field(description="The parameters of the last try, with their templates filled in")
    output: Json | None = Field(description="What later actions read; of one whose `if` did not hold, why: {skipped}")
    reused: Json | None = Field(
        description="{run, action_run} of another run that it was taken over from: it was not done in this one"
    )
    error: Json | None = Field(description="{code, message}")
    usage: Counts = Field(description="What its tries used up, those that failed too")
    due_at: datetime | None = Field(description="When it goes on by itself")
    waiting_for: Json | None = Field(
        description="While it waits: {kind, ...}; the kind is time, retry, event, approval, run, actions or decision. "
        "The last and approvals have `choices` for `decide`"
    )
    started_at: datetime | None
    finished_at: datetime | None
    duration_ms: int | None


class HeldResponse(BaseModel):
    """That a run may not start yet."""

    since: datetime
    until: datetime | None = Field(description="It does not start before; null: until there is room")
    reason: str


class RunSummary(BaseModel):
    """A run in a list."""

    id: str
    workflow: Named
    version: int
    status: RunStatus
    ending: str | None = Field(description="How it will end, if that is decided while something still runs")
    held: HeldResponse | None = Field(description="Why it may not start yet, and until when; its status is `queued`")
    event: Json = Field(description="The event that started it: `id` is the sender's, `uid` ours")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    deadline_at: datetime | None = Field(description="When it fails by `settings.timeout_seconds`")
    duration_ms: int | None
    error: Json | None = Field(description="{code, message, action}: the first error that nothing handled")


class RunResponse(RunSummary):
    """A run with all its actions in order."""

    trigger: Json | None = Field(description="The trigger that fired; null for a run that another run started")
    output: Json | None = Field(description="What its `stop` gave")
    variables: Json = Field(description="What `set_variables` kept")
    usage: Counts = Field(
        description="What its actions used up, in tries that failed too: ai_tokens, estimated_cost, webhooks_called, "
        "http_calls, emails_sent and others; `actions` is the number of actions that were tried at all"
    )
    actions: list[ActionRunResponse] = Field(
        description="In the order of the definition; each item of a list is a row of its own, below its `parent`"
    )
    actions_next: str | None = Field(description="Where more than 500 actions go on: a page of `actions/`")
    notifications: list[NotificationResponse] = Field(
        description="Who was told of what: the oldest 500; `notifications/?run=` has all"
    )
    lineage: Json = Field(
        description="Runs around it: `root` (the event that all began with, if not its own), "
        "`parent` (whose action started it), `children` (that the shown actions started), "
        "`cause` (whose failure it handles by `on_failure`), `consequences` (that handle its own), `replay_of` (that "
        "it does again, from `replayed_from` on), `replays` (of it), `events` ({uid, type}, that it sent). Of the "
        "last three and `consequences` the newest 20; `more` has, by name, the list of all where there are more. "
        "`repairs` are what people did about it: [{what, at, by, reason, actions}]"
    )


class RunPage(Page[RunSummary]):
    """Runs, newest first."""


def summary(row: Run) -> RunSummary:
    event = {"id": row.event.event_id, "uid": str(row.event_id), "type": row.event.type}
    return RunSummary(**_summary(row), event=event)


class ActionPage(Page[ActionRunResponse]):
    """Actions of a run, in the order in which they came to be."""


def actions(rows: Iterable[ActionRun], run_: Run) -> Iterator[ActionRunResponse]:
    written = Written(run_.version.definition)
    return (_action(row, written) for row in rows)


def run(row: Run, *, actions_after: Callable[[ActionRun], str]) -> RunResponse:
    written = Written(row.version.definition)
    found = runs.first_actions(row)
    shown, has_more = found[:MAX_ACTIONS], len(found) > MAX_ACTIONS
    return RunResponse(
        **_summary(row),
        event=event_names(row.event),
        trigger=trigger(row),
        output=SHOWN.clean(row.output),
        variables=SHOWN.clean(row.variables),
        usage=_used(row, shown, has_more=has_more),
        actions=[_action(item, written) for item in sorted(shown, key=_place)],
        actions_next=actions_after(shown[-1]) if has_more else None,
        notifications=[notification(each) for each in notifications.of_run(row)],
        lineage=lineage(row, [child.pk for action in shown for child in action.child_runs.all()], runs.around(row)),
    )


def _used(row: Run, shown: Sequence[ActionRun], *, has_more: bool) -> Counts:
    tried = runs.tried(row) if has_more else sum(1 for each in shown if each.attempts.all())
    return {**dict.fromkeys(usage.NAMES, 0), **row.usage, "actions": tried}


def trigger(row: Run) -> Json | None:
    """The trigger that fired."""
    if row.firing is None:
        return None
    fired = row.firing.trigger
    return {"id": str(fired.pk), "key": fired.key, "type": fired.type, "event_type": fired.event_type}


def lineage(row: Run, started: Iterable[UUID], around: Around) -> Json:
    """The runs above and below: which action started it or whose failure it handles, and which it started."""
    parent = row.parent
    lists = {
        "consequences": (around.consequences, "workflow-runs/?cause="),
        "replays": (around.replays, "workflow-runs/?replay_of="),
        "events": (around.events, "events/?sent_by_run="),
    }
    return {
        "depth": row.depth,
        "root": str(row.root) if row.root else None,
        "parent": {"run": str(parent.run_id), "action": parent.key, "action_run": str(parent.pk)} if parent else None,
        "cause": str(row.cause_id) if row.cause_id else None,
        "children": [str(pk) for pk in started],
        "consequences": [str(each.pk) for each in around.consequences[:MAX_AROUND]],
        "replay_of": str(row.replay_of_id) if row.replay_of_id else None,
        "replayed_from": row.replayed_from or None,
        "replays": [str(each.pk) for each in around.replays[:MAX_AROUND]],
        "events": [{"uid": str(each.pk), "type": each.type} for each in around.events[:MAX_AROUND]],
        "more": {name: f"{where}{row.pk}" for name, (found, where) in lists.items() if len(found) > MAX_AROUND},
        "repairs": row.repairs,
    }


def _summary(row: Run) -> Json:
    return {
        "id": str(row.pk),
        "workflow": Named(id=str(row.workflow_id), name=row.workflow.name),
        "version": row.version.number,
        "status": row.status,
        "ending": None if row.status in FINISHED_RUN else row.outcome,
        "held": _held(row),
        "created_at": row.created_at,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "deadline_at": row.deadline_at,
        "duration_ms": _ms(row.started_at, row.finished_at),
        "error": row.error,
    }


class ActionState(BaseModel):
    """How far an action of a run is."""

    id: str
    run: str
    key: str = Field(description="Its id in the definition")
    iteration: str | None
    type: str
    status: ActionStatus
    attempt: int = Field(description="The number of its last try; 0 before the first")
    due_at: datetime | None
    error: Json | None
    started_at: datetime | None
    finished_at: datetime | None
    duration_ms: int | None


def action_state(row: ActionRun) -> ActionState:
    same = {name: getattr(row, name) for name in ("key", "type", "status", "attempt", "due_at", "error")}
    return ActionState(
        id=str(row.pk),
        run=str(row.run_id),
        iteration=row.iteration or None,
        started_at=row.started_at,
        finished_at=row.finished_at,
        duration_ms=_ms(row.started_at, row.finished_at),
        **same,
    )


def _held(row: Run) -> HeldResponse | None:
    if row.held_at is None:
        return None
    return HeldResponse(since=row.held_at, until=row.held_until, reason=row.held_reason)


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
        port=_port(row, numbers, written),
        attempts=attempts,
        input=attempts[-1].input if attempts else None,
        output=SHOWN.clean(row.output),
        reused=_reused(row),
        error=row.error,
        usage=usage.added(each.usage for each in attempts),
        due_at=row.due_at,
        waiting_for=waiting.waiting_for(row, written),
        started_at=row.started_at,
        finished_at=row.finished_at,
        duration_ms=_ms(row.started_at, row.finished_at),
    )


def _port(row: ActionRun, numbers: list[int], written: Written) -> str | None:
    """The port that fired; rows say only which other than the default one."""
    match row.status:
        case ActionStatus.COMPLETED:
            of_item = len(numbers) > written.loops(row.key)
            return row.port or written.default_port(row.key, of_item=of_item)
        case ActionStatus.FAILED:
            return ERROR
        case ActionStatus.SKIPPED:
            return row.port or None
    return None


def _reused(row: ActionRun) -> Json | None:
    old = row.reused_from
    return None if old is None else {"run": str(old.run_id), "action_run": str(old.pk)}


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
        usage=row.usage,
    )


def _place(row: ActionRun) -> tuple[int, list[int]]:
    """In the order of the document, and the items of a loop in theirs."""
    return row.position, _numbers(row)


def _numbers(row: ActionRun) -> list[int]:
    """Of the items that it is done for, the outermost list first."""
    return [int(number) for number in row.iteration.split(".") if number]


def _ms(start: datetime | None, end: datetime | None) -> int | None:
    return round((end - start).total_seconds() * 1000) if start and end else None
