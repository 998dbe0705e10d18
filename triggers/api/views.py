"""Events and trigger types over HTTP."""

from typing import Any

from django.conf import settings
from django.http.request import RawPostDataException
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from pydantic import BaseModel
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import limits
from core.api.parsers import StrictJsonParser, read_body
from core.api.queries import parameters
from core.api.views import WorkspaceViewSet, answer
from core.errors import InvalidError, MalformedError, TooLargeError
from core.limits import Limits
from core.models import Role
from triggers.api import batches, cloudevent_headers, query_csv, query_shapes, shapes
from triggers.api.parsers import BatchParser, CloudEventBatchParser, CloudEventParser
from triggers.engine import cloudevents
from triggers.engine.incoming import IncomingEvent
from triggers.registry import trigger_types
from triggers.selectors import events
from triggers.services import ingest
from triggers.services.querying import running

BATCH = "application/cloudevents-batch+json"
ONE = "application/cloudevents+json"
CLOUDEVENTS = {"type": "array", "items": {"$ref": "#/components/schemas/CloudEvent"}}


class EventViewSet(WorkspaceViewSet):
    """What happened."""

    area = "events"
    write_role = Role.OPERATOR
    roles = {"ask": Role.VIEWER}
    asking = ("ask",)
    parser_classes = [StrictJsonParser, CloudEventParser]

    @extend_schema(
        operation_id="events_create",
        request={"application/json": shapes.EventRequest, ONE: cloudevents.CloudEvent},
        responses={202: shapes.AcceptedResponse},
    )
    def create(self, request: Request) -> Response:
        """Accept an event. The same (source, id) is accepted once; sent again, it is answered with the first.

        Takes the short form, a CloudEvent in structured mode, and one in binary mode: `ce-*` headers with any body.
        """
        incoming, most = self._incoming(request), self.limits.max_events_per_day
        result = ingest.accept(incoming, workspace=self.caller.workspace, max_per_day=most)
        return _given(shapes.accepted(result.event, duplicate=result.duplicate), status=202)

    @extend_schema(
        operation_id="events_batch",
        request={"application/json": shapes.BatchRequest, BATCH: CLOUDEVENTS},
        responses={207: shapes.BatchResponse},
    )
    @action(detail=False, methods=["post"], parser_classes=[BatchParser, CloudEventBatchParser])
    def batch(self, request: Request) -> Response:
        """Accept up to 1,000 events, each answered on its own, in order; those that are valid in one transaction."""
        found = batches.events_of(self.document, limits=self.limits)
        are_short = _media_type(request) != BATCH
        if are_short and not found:
            raise InvalidError("The batch has no events; send 1 to 1,000.")
        results = batches.accept(
            found,
            read=batches.read_short if are_short else cloudevents.read,
            workspace=self.caller.workspace,
            limits=self.limits,
        )
        return _given(shapes.BatchResponse(results=results), status=207)

    @extend_schema(
        operation_id="events_list",
        parameters=parameters(shapes.EventQuery),
        responses=shapes.EventPage,
    )
    def list(self, request: Request) -> Response:
        """The newest events first."""
        return self.page(events.listed(**self.query(shapes.EventQuery).filters()), shapes.summary)

    @extend_schema(
        operation_id="events_query",
        request=query_shapes.QueryRequest,
        responses={(200, "application/json"): query_shapes.QueryResponse, (200, "text/csv"): OpenApiTypes.STR},
    )
    @action(detail=False, methods=["post"], url_path="query", parser_classes=[StrictJsonParser])
    def ask(self, request: Request) -> HttpResponseBase:
        """Ask the events of the workspace with SQL: one SELECT over the relation `events`.

        Its columns are `id`, `type`, `source`, `subject`, `time`, `received_at` and `data` (jsonb). An answer has at
        most 1,000 rows and a megabyte, and comes within three seconds or not at all.
        """
        asked = self.body(query_shapes.QueryRequest)
        found = running.answer(asked.sql, asked.parameters)
        if asked.format == "csv":
            return query_csv.response(found)
        return answer(query_shapes.answer(found))

    @extend_schema(operation_id="events_retrieve", responses=shapes.EventResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One event, by our `uid` or by the sender's `id` (the newest, where several sources used it)."""
        return _given(shapes.event(events.find(pk)))

    @property
    def limits(self) -> Limits:
        return limits.of(self.caller.workspace.limits)

    @property
    def max_body_bytes(self) -> int:
        """The server's. The workspace's own is not known yet where a session's CSRF token is looked for in the body."""
        return settings.SEQUITUR_MAX_BATCH_BYTES if self.action == "batch" else settings.SEQUITUR_MAX_EVENT_BYTES

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        announced, most = int(request.META.get("CONTENT_LENGTH") or 0), self.limits.max_event_bytes
        if self.action == "create" and announced > most:
            raise TooLargeError(f"The event has {announced:,} bytes; at most {most:,} are accepted (max_event_bytes).")

    def _incoming(self, request: Request) -> IncomingEvent:
        media_type = _media_type(request)
        if media_type == ONE:
            return cloudevents.read(self.document)
        if not media_type.startswith("application/cloudevents") and cloudevent_headers.is_binary(request.headers):
            return cloudevent_headers.read(request.headers, self._raw(request), content_type=request.content_type)
        return batches.read_short(self.document)

    def _raw(self, request: Request) -> bytes:
        try:
            stream = request.stream
        except RawPostDataException:  # Django looked into a form for its CSRF token
            raise MalformedError("A form cannot be the data of an event that a browser sends.") from None
        return b"" if stream is None else read_body(stream, max_bytes=self.max_body_bytes)


class TriggerTypeViewSet(WorkspaceViewSet):
    """The kinds of triggers that exist."""

    area = "workflows"

    @extend_schema(operation_id="trigger_types_list", responses=shapes.TriggerTypeListing)
    def list(self, request: Request) -> Response:
        """All trigger types, with the JSON Schema of their parameters."""
        return answer(shapes.TriggerTypeListing(results=[shapes.trigger_type(item) for item in trigger_types]))


def _media_type(request: Request) -> str:
    return request.content_type.partition(";")[0].strip().lower()


def _given(shape: BaseModel, *, status: int = 200) -> Response:
    """The shape as JSON, without the fields that were not set."""
    return Response(shape.model_dump(mode="json", exclude_unset=True), status=status)
