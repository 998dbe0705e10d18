"""Dead letters over HTTP: found, tried again, discarded."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, ConfigDict, Field
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.queries import Instant, ListQuery, parameters
from core.api.shapes import Page
from core.api.views import WorkspaceViewSet, answer
from core.models import DeadLetter, LetterKind, LetterStatus, Role
from core.selectors import dead_letters
from core.selectors.dead_letters import Filters
from core.services import redriving
from core.services.redriving import Planned

MAX_REASON = 2000


class DeadLetterQuery(ListQuery):
    """Which letters, the newest first."""

    kind: LetterKind | None = None
    status: LetterStatus | None = None
    code: str | None = Field(None, max_length=100)
    workflow: UUID | None = None
    q: str | None = Field(None, max_length=200, description="An id, or words of why")
    since: Instant | None = Field(None, description="Not older than this")
    until: Instant | None = Field(None, description="Older than this")


class DeadLetterFilters(BaseModel):
    """Which letters; what is not given is not asked."""

    model_config = ConfigDict(extra="forbid")

    kind: LetterKind | None = None
    code: str | None = Field(None, max_length=100)
    workflow: UUID | None = None
    q: str | None = Field(None, max_length=200)
    since: Instant | None = None
    until: Instant | None = None


class ReasonRequest(BaseModel):
    """Why, for the records."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=MAX_REASON)


class DiscardRequest(BaseModel):
    """Why, which has to be said."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=MAX_REASON)


class RedriveRequest(BaseModel):
    """Try all open letters again that are meant, so many in a second. `preview` only says how many."""

    model_config = ConfigDict(extra="forbid")

    filters: DeadLetterFilters = DeadLetterFilters()
    per_second: float = Field(10, ge=redriving.MIN_PER_SECOND, le=redriving.MAX_PER_SECOND)
    preview: bool = Field(False, strict=True)
    reason: str = Field("", max_length=MAX_REASON)


class DeadLetterResponse(BaseModel):
    """What was given up, why, and what was done about it."""

    id: UUID
    kind: Literal["event", "action", "message"]
    source: UUID
    workflow: UUID | None
    run: UUID | None
    queue: str
    task: str
    code: str
    message: str
    attempts: int
    payload: Any
    status: Literal["open", "redriving", "redriven", "discarded"]
    reason: str
    resolved_by: str
    resolved_at: datetime | None
    redrive_at: datetime | None
    created_at: datetime


class DeadLetterPage(Page[DeadLetterResponse]):
    """Dead letters, newest first."""


class RedriveResponse(BaseModel):
    """How many letters are open and meant, how many of them are tried again, and when the last one is."""

    matching: int
    scheduled: int
    last_at: datetime | None
    preview: bool


class DeadLetterViewSet(WorkspaceViewSet):
    """What could not be done, and waits for a person."""

    area = "runs"
    write_role = Role.OPERATOR

    @extend_schema(operation_id="dead_letters_list", parameters=parameters(DeadLetterQuery), responses=DeadLetterPage)
    def list(self, request: Request) -> Response:
        """The letters of the workspace."""
        return self.page(dead_letters.search(Filters(**self.query(DeadLetterQuery).filters())), shape)

    @extend_schema(operation_id="dead_letters_retrieve", responses=DeadLetterResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One letter."""
        return answer(shape(self.find(DeadLetter.objects.all(), pk)))

    @extend_schema(operation_id="dead_letters_redrive", request=ReasonRequest, responses=DeadLetterResponse)
    @action(detail=True, methods=["post"])
    def redrive(self, request: Request, pk: str) -> Response:
        """Try what it is about again, now. Twice is once."""
        row, body = self.find(DeadLetter.objects.all(), pk), self.body(ReasonRequest)
        return answer(shape(redriving.redrive(row.pk, by=self.caller.name, reason=body.reason)))

    @extend_schema(operation_id="dead_letters_discard", request=DiscardRequest, responses=DeadLetterResponse)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> Response:
        """Leave what it is about as it is. The letter stays readable."""
        row, body = self.find(DeadLetter.objects.all(), pk), self.body(DiscardRequest)
        return answer(shape(redriving.discard(row.pk, by=self.caller.name, reason=body.reason)))

    def only_asks(self) -> bool:
        return self.action == "redrive_many" and self.body(RedriveRequest).preview

    @extend_schema(operation_id="dead_letters_redrive_many", request=RedriveRequest, responses=RedriveResponse)
    @action(detail=False, methods=["post"], url_path="redrive")
    def redrive_many(self, request: Request) -> Response:
        """Try many again, spread in time."""
        body = self.body(RedriveRequest)
        filters = Filters(**body.filters.model_dump())
        if body.preview:
            return answer(_plan(redriving.preview(filters, per_second=body.per_second), is_preview=True))
        planned = redriving.schedule(filters, per_second=body.per_second, by=self.caller.name, reason=body.reason)
        return answer(_plan(planned, is_preview=False))


def _plan(planned: Planned, *, is_preview: bool) -> RedriveResponse:
    return RedriveResponse(
        matching=planned.matching, scheduled=planned.scheduled, last_at=planned.last_at, preview=is_preview
    )


def shape(row: DeadLetter) -> DeadLetterResponse:
    """A letter as it is shown."""
    same = (
        "id", "kind", "queue", "task", "code", "message", "attempts", "payload", "status", "reason", "resolved_by",
        "resolved_at", "redrive_at", "created_at",
    )  # fmt: skip
    values: dict[str, Any] = {name: getattr(row, name) for name in same}
    return DeadLetterResponse(**values, source=row.source_id, workflow=row.workflow_id, run=row.run_id)
