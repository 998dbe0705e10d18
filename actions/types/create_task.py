"""`create_task`: give a person something to do."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from actions.base import ActionCall, ActionParams, ActionResult, ActionType, Effects
from actions.entities import checking, people, rows
from actions.entities.failures import failed
from actions.entities.once import once
from actions.entities.registry import find
from actions.models.records import Priority, Task
from actions.registry import register
from core.errors import Problem
from core.expressions import instants
from core.models import Workspace

Json = dict[str, Any]


def _instant(value: object) -> object:
    found = instants.parse(value) if isinstance(value, str) else value
    if isinstance(found, datetime):
        found = _in_utc(instants.as_instant(found))
    if value is None or isinstance(found, date):
        return found
    raise ValueError("expected a date such as 2026-01-31, or an instant such as 2026-01-31T09:00:00Z")


class CreateTaskParams(ActionParams):
    """What, by whom, by when, and about what."""

    title: str = Field(min_length=1, max_length=300, description="What is to be done.")
    description: str = Field("", max_length=20_000, description="More about it.")
    assignee: str | None = Field(None, max_length=320, description="Who does it: an e-mail address or a login.")
    due_date: Annotated[Any, BeforeValidator(_instant, json_schema_input_type=str | None)] = Field(
        None, description="When: a date (its end, in the workspace's time zone), or an instant."
    )
    priority: Priority = Field(Priority.NORMAL, description="How much it matters.")
    entity_type: str = Field("", max_length=100, description="The kind of record that it is about.")
    entity_id: str = Field("", max_length=200, description="The record that it is about.")

    @model_validator(mode="after")
    def _both_or_none(self) -> "CreateTaskParams":
        if bool(self.entity_type) != bool(self.entity_id):
            raise ValueError("give both entity_type and entity_id, or neither")
        return self


class CreateTaskOutput(BaseModel):
    """The task."""

    id: str
    title: str
    assignee: str | None = Field(description="The login of who does it.")
    due_at: str | None


class CreateTask(ActionType[CreateTaskParams]):
    """A row of our own table; one for all attempts."""

    key = "create_task"
    title = "Create task"
    description = "Give a person something to do."
    category = "records"
    icon = "list-todo"
    effects = Effects.KEYED
    params_model = CreateTaskParams
    output_model = CreateTaskOutput

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        return [*checking.check_entity(params, path=path)]

    def perform(self, params: CreateTaskParams, call: ActionCall) -> ActionResult:
        def do() -> Json:
            task = _task(params, call)
            task.save(force_insert=True)
            due_at = instants.write(task.due_at) if task.due_at else None
            login = task.assignee.username if task.assignee else None
            return {"id": str(task.pk), "title": task.title, "assignee": login, "due_at": due_at}

        return ActionResult(output=once(call, self.key, do))


def _task(params: CreateTaskParams, call: ActionCall) -> Task:
    key = str(rows.find(find(params.entity_type), params.entity_id).pk) if params.entity_type else ""
    return Task(
        workspace_id=call.workspace_id,
        title=params.title,
        description=params.description,
        assignee=people.find(params.assignee) if params.assignee else None,
        due_at=_due_at(params.due_date, call),
        priority=params.priority,
        entity_type=params.entity_type,
        entity_id=key,
    )


def _due_at(due: date | None, call: ActionCall) -> datetime | None:
    """A day ends where the people of the workspace are."""
    if due is None or isinstance(due, datetime):
        return due
    zone = ZoneInfo(Workspace.objects.get(pk=call.workspace_id).time_zone)
    ends = _in_utc(datetime.combine(due, time(23, 59, 59), tzinfo=zone))
    if ends is None:
        raise failed("invalid_parameters", "due_date: this day is too far away.")
    return ends


def _in_utc(value: datetime) -> datetime | None:
    """None for what has no year of four digits in UTC: it could be stored, and never be read again."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return None


register(CreateTask())
