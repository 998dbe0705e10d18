"""Which runs or notifications a person means."""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from core import documents
from core.errors import MalformedError
from workflows.engine.notices import DeliveryStatus, NotifyOn
from workflows.engine.repairs import Target
from workflows.engine.states import RunStatus
from workflows.models import NotificationDelivery, Run
from workflows.selectors import workflows

MAX_IDS = 10_000
MAX_CHARACTERS = 255

Json = dict[str, Any]


def _in_utc(value: datetime) -> datetime:
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (OverflowError, ValueError):
        raise ValueError("expected an instant within the years 1 to 9999 of UTC") from None


def _is_text(value: object) -> object:
    if isinstance(value, str | datetime):
        return value
    raise ValueError("expected an instant as text, like 2026-05-01T09:30:00Z")


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _is_storable(value: str) -> str:
    try:
        documents.check_storable(value)
    except MalformedError as error:
        raise ValueError(error.detail) from None
    return value


Text = Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS), AfterValidator(_is_storable)]
Moment = Annotated[datetime, BeforeValidator(_is_text), AfterValidator(_in_utc)]
Ids = Annotated[list[UUID], BeforeValidator(_one_or_many), Field(min_length=1, max_length=MAX_IDS)]


class Filter(BaseModel):
    """What rows must say, all of it. At least one thing: nobody means everything there ever was."""

    model_config = ConfigDict(extra="forbid")
    columns: ClassVar[dict[str, str]] = {}

    workflow: Text | None = Field(None, description="The workflow's id or slug")
    since: Moment | None = Field(None, description="Made at this time or later; ISO 8601, UTC without an offset")
    until: Moment | None = Field(None, description="Made before this time")
    error_code: Text | None = Field(None, description="The code of its error")
    ids: Ids | None = Field(None, description="These alone, of those that meet the rest; ids that there are not here "
                                              "are left out")  # fmt: skip

    @model_validator(mode="after")
    def says_something(self) -> "Filter":
        if not self.model_dump(exclude_none=True):
            raise ValueError("say which: at least one of " + ", ".join(type(self).model_fields))
        return self


class RunFilter(Filter):
    """Which runs."""

    columns: ClassVar[dict[str, str]] = {
        "status": "status__in",
        "event_type": "event__type",
        "since": "created_at__gte",
        "until": "created_at__lt",
        "error_code": "error__code",
        "action": "error__action",
        "version": "version__number",
        "ids": "pk__in",
    }

    status: Annotated[list[RunStatus], BeforeValidator(_one_or_many)] | None = Field(
        None, min_length=1, description="One status or a list"
    )
    event_type: Text | None = Field(None, description="The type of the event that started it")
    action: Text | None = Field(None, description="The action whose error the run failed with")
    version: int | None = Field(None, ge=1, le=2**31 - 1, description="The number of the version that it is of")
    besides_version: int | None = Field(None, ge=1, le=2**31 - 1, description="Of any other version than this number")


class NotificationFilter(Filter):
    """Which notifications."""

    columns: ClassVar[dict[str, str]] = {
        "status": "status__in",
        "channel": "channel",
        "trigger": "trigger",
        "run": "run",
        "since": "created_at__gte",
        "until": "created_at__lt",
        "error_code": "error__code",
        "ids": "pk__in",
    }

    status: Annotated[list[DeliveryStatus], BeforeValidator(_one_or_many)] | None = Field(
        None, min_length=1, description="One status or a list"
    )
    channel: Text | None = Field(None, description="The channel's name")
    trigger: NotifyOn | None = Field(None, description="What happened")
    run: UUID | None = Field(None, description="The run that it tells of")


OF: dict[Target, type[Filter]] = {Target.RUN: RunFilter, Target.NOTIFICATION: NotificationFilter}


def rows(filter_: Filter) -> QuerySet[Any]:
    """The rows of the workspace in scope that meet it, in no order.

    Raises `InvalidError` for a workflow that there is not: a typing error must not look like nothing to do.
    """
    columns = {
        column: value
        for name, column in filter_.columns.items()
        if (value := getattr(filter_, name)) is not None
    }  # fmt: skip
    found: QuerySet[Any] = (Run if isinstance(filter_, RunFilter) else NotificationDelivery).objects.filter(**columns)
    if isinstance(filter_, RunFilter) and filter_.besides_version is not None:
        found = found.exclude(version__number=filter_.besides_version)
    if filter_.workflow is not None:
        found = found.filter(workflow=workflows.named(filter_.workflow, path="/filter/workflow").pk)
    return found


def as_json(filter_: Filter) -> Json:
    """What was asked for, to be stored and shown."""
    return filter_.model_dump(mode="json", exclude_none=True)
