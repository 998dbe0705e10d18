"""What the API takes and gives about bulk repairs."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from core.api.queries import ListQuery
from core.api.shapes import Page
from workflows.engine.repairs import ItemStatus, RepairStatus, Target
from workflows.models import Repair, RepairItem
from workflows.selectors import repairs
from workflows.services.bulk import requesting
from workflows.services.bulk.filters import NotificationFilter, RunFilter
from workflows.services.bulk.operation import Effects
from workflows.services.bulk.previewing import Example, Preview

Json = dict[str, Any]


class BulkRequest(BaseModel):
    """One operation on many."""

    model_config = ConfigDict(extra="forbid")

    operation: str = Field(max_length=32, description="What is done to each")
    options: Json = Field(default_factory=dict, description="How: of the operation, see docs/bulk-repair.md")
    reason: str = Field("", max_length=requesting.MAX_REASON_CHARACTERS, description="Why; kept with each of them")
    per_second: float = Field(
        requesting.DEFAULT_PER_SECOND,
        ge=requesting.MIN_PER_SECOND,
        le=requesting.MAX_PER_SECOND,
        description="The pace, of all workers together",
    )
    max_errors: int = Field(
        requesting.DEFAULT_MAX_ERRORS, ge=1, le=100_000, description="With so many failures it stops"
    )
    preview: bool = Field(False, strict=True, description="Say what would happen, and do nothing")
    expected: int | None = Field(
        None, ge=0, le=1_000_000, description="The `matched` of the preview; needed to have it done"
    )


class BulkRunsRequest(BulkRequest):
    """One operation on many runs: cancel, retry, replay or move."""

    filter: RunFilter


class BulkNotificationsRequest(BulkRequest):
    """One operation on many notifications: replay."""

    filter: NotificationFilter


class SteeringRequest(BaseModel):
    """Why it is paused, resumed or cancelled."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=requesting.MAX_REASON_CHARACTERS)


class RepairQuery(ListQuery):
    """Which repairs a list shows."""

    status: RepairStatus | None = Field(None, description="How far it is")
    target: Target | None = Field(None, description="What its items are")
    operation: str | None = Field(None, max_length=32, description="What is done to each")


class ItemQuery(ListQuery):
    """Which items of a repair a list shows."""

    status: ItemStatus | None = Field(None, description="How far it is")


class EffectsResponse(BaseModel):
    """What would be done outside."""

    executed: int = Field(description="Actions that are executed, or messages that are sent")
    skipped: int = Field(description="Actions that are not, since they are confirmed already")
    needs_decision: int = Field(
        description="Actions that may have been done, nobody knows: a retry asks a person, a replay does them again"
    )


class OfWorkflowResponse(BaseModel):
    """How many of them are of a workflow."""

    id: str
    name: str
    matched: int


class ExampleResponse(BaseModel):
    """One of them."""

    id: str
    workflow: str
    status: str
    created_at: datetime
    error: Json | None
    effects: EffectsResponse
    refusal: str | None = Field(description="Why nothing would be done to it")


class BulkPreviewResponse(BaseModel):
    """What would happen. Nothing was done."""

    matched: int = Field(description="To how many it would be done: send it as `expected` to have it done")
    left_out: int = Field(description="How many meet the filter but are in a state that the operation is not for")
    by_workflow: list[OfWorkflowResponse]
    effects: EffectsResponse
    refused: int = Field(description="To how many it could not be done, as things are")
    looked_at: int = Field(description="Of how many of them the effects and refusals are: the first 1,000")
    estimated_seconds: int = Field(description="At `per_second`, at least")
    examples: list[ExampleResponse] = Field(description="Up to 20, the oldest first")
    warnings: list[str]


class ItemResponse(BaseModel):
    """One run or notification of a repair."""

    id: str
    target_id: str = Field(description="The run or notification")
    status: ItemStatus
    error: Json | None = Field(description="{code, message}: why it failed or was skipped")
    result_id: str | None = Field(description="The new run or notification")
    finished_at: datetime | None


class RepairSummary(BaseModel):
    """A repair, and how far it is."""

    id: str
    target: Target
    operation: str
    filter: Json
    options: Json
    reason: str
    requested_by: str
    status: RepairStatus
    status_reason: str = Field(description="Why it stopped, or was paused or cancelled")
    total: int
    done: int
    failed: int
    skipped: int
    pending: int
    percent: float
    rate: float | None = Field(description="Items in a second, so far")
    eta: datetime | None = Field(description="When it will be over if it goes on so")
    per_second: float
    max_errors: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class RepairResponse(RepairSummary):
    """A repair with its last errors."""

    last_errors: list[ItemResponse] = Field(description="Up to 10, the newest first")


class RepairPage(Page[RepairSummary]):
    """Repairs, newest first."""


class ItemPage(Page[ItemResponse]):
    """Items of a repair, the last first."""


def preview(found: Preview) -> BulkPreviewResponse:
    return BulkPreviewResponse(
        matched=found.matched,
        left_out=found.left_out,
        by_workflow=[OfWorkflowResponse(id=str(it.id), name=it.name, matched=it.number) for it in found.by_workflow],
        effects=_effects(found.effects),
        refused=found.refused,
        looked_at=found.looked_at,
        estimated_seconds=found.estimated_seconds,
        examples=[_example(each) for each in found.examples],
        warnings=list(found.warnings),
    )


def repair(row: Repair, *, now: datetime) -> RepairResponse:
    return RepairResponse(**_fields(row, now=now), last_errors=[item(each) for each in repairs.last_errors(row)])


def summary(row: Repair, *, now: datetime) -> RepairSummary:
    return RepairSummary(**_fields(row, now=now))


def item(row: RepairItem) -> ItemResponse:
    return ItemResponse(
        id=str(row.pk),
        target_id=str(row.target_id),
        status=ItemStatus(row.status),
        error=row.error,
        result_id=str(row.result_id) if row.result_id else None,
        finished_at=row.finished_at,
    )


def _fields(row: Repair, *, now: datetime) -> Json:
    how_far = repairs.progress(row, now=now)
    counted = {"percent": how_far.percent, "rate": how_far.rate, "eta": how_far.eta, "id": str(row.pk)}
    return counted | {name: getattr(row, name) for name in RepairSummary.model_fields if name not in counted}


def _effects(found: Effects) -> EffectsResponse:
    return EffectsResponse(executed=found.executed, skipped=found.skipped, needs_decision=found.needs_decision)


def _example(found: Example) -> ExampleResponse:
    return ExampleResponse(
        id=str(found.row.pk),
        workflow=found.row.workflow.name,
        status=found.row.status,
        created_at=found.row.created_at,
        error=found.row.error,
        effects=_effects(found.effects),
        refusal=found.refusal or None,
    )
