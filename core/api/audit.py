"""The audit trail over HTTP: read, never written."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, Field
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.queries import Instant, ListQuery, Query, parameters
from core.api.shapes import Page
from core.api.views import WorkspaceViewSet
from core.models import AuditEntry, Role
from core.searching import Search, period
from core.selectors import audit


class AuditFilters(Query):
    """Which entries are meant."""

    actor: str | None = Field(None, description="Who did it, such as `key sq_ab12cd34`, `user ann` or `sequitur`")
    action: str | None = Field(None, description="What was done, such as `workflow.paused`")
    target: str | None = Field(None, description="The kind of row, such as `workflow`")
    target_id: UUID | None = Field(None, description="The id of the row")
    since: Instant | None = Field(None, description="Written at this time or later; ISO 8601")
    until: Instant | None = Field(None, description="Written before this time")

    def columns(self) -> dict[str, Any]:
        """The same for rows."""
        found = self.model_dump(exclude={"cursor", "limit"}, exclude_none=True)
        columns = {"since": "at__gte", "until": "at__lt"}
        return {columns.get(name, name): value for name, value in found.items()}

    def search(self) -> Search[AuditEntry]:
        """The entries for a list: of one row by its id, or of a time; for the rest, entries are looked through."""
        by_id, wanted = period("at", self.since, self.until)
        rows = AuditEntry.objects.filter(by_id)
        if self.target_id is not None:
            rows = rows.filter(target_id=self.target_id)
        same = {"actor": self.actor, "action": self.action, "target": self.target}
        return Search(rows, wanted & Q(**{column: value for column, value in same.items() if value is not None}))


class AuditQuery(ListQuery, AuditFilters):
    """Which entries a list shows."""


class AuditResponse(BaseModel):
    """That somebody changed something. `hash` is made of the entry, `seq` and the hash of the one before it."""

    id: str
    seq: int | None
    at: datetime
    actor: str
    action: str
    target: str
    target_id: str | None
    reason: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str
    address: str
    prev_hash: str
    hash: str


class AuditPage(Page[AuditResponse]):
    """Entries, newest first."""


class JsonLinesRenderer(JSONRenderer):
    """Lets clients ask for what an export is; its errors are JSON all the same."""

    media_type = "application/x-ndjson"
    format = "jsonl"


class AuditViewSet(WorkspaceViewSet):
    """Who changed what."""

    area = "audit"
    roles = {"list": Role.ADMIN, "export": Role.ADMIN}

    @extend_schema(operation_id="audit_list", parameters=parameters(AuditQuery), responses=AuditPage)
    def list(self, request: Request) -> Response:
        """The newest entries of the audit trail first."""
        return self.page(self.query(AuditQuery).search(), _shape)

    @extend_schema(
        operation_id="audit_export",
        parameters=parameters(AuditFilters),
        responses={(200, JsonLinesRenderer.media_type): OpenApiTypes.STR},
    )
    @action(detail=False, methods=["get"], renderer_classes=[JSONRenderer, JsonLinesRenderer])
    def export(self, request: Request) -> StreamingHttpResponse:
        """The entries as JSON Lines, the oldest first, with all that proves the chain without this server."""
        wanted, workspace = self.query(AuditFilters).columns(), self.caller.workspace
        answer = StreamingHttpResponse(audit.exported(workspace, wanted), content_type=JsonLinesRenderer.media_type)
        answer["Content-Disposition"] = f'attachment; filename="{workspace.slug}-audit.jsonl"'
        return answer


def _shape(row: AuditEntry) -> AuditResponse:
    return AuditResponse(
        id=str(row.pk),
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        action=row.action,
        target=row.target,
        target_id=None if row.target_id is None else str(row.target_id),
        reason=row.reason,
        before=row.before,
        after=row.after,
        request_id=row.request_id,
        address=row.address,
        prev_hash=row.prev_hash,
        hash=row.hash,
    )
