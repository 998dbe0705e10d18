"""Events and trigger types over HTTP."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.queries import parameters
from core.api.views import WorkspaceViewSet, answer
from core.errors import NotFoundError
from core.ids import uuid_or_none
from core.models import Role
from triggers.api import shapes
from triggers.models import Event
from triggers.registry import trigger_types
from triggers.services import ingest
from triggers.services.ingest import IncomingEvent


class EventViewSet(WorkspaceViewSet):
    """What happened."""

    write_role = Role.OPERATOR
    max_body_bytes = settings.SEQUITUR_MAX_EVENT_BYTES

    @extend_schema(operation_id="events_create", request=shapes.EventRequest, responses={202: shapes.AcceptedResponse})
    def create(self, request: Request) -> Response:
        """Accept an event. The same (source, id) is accepted once; sent again, it is answered with the first."""
        incoming = IncomingEvent(**dict(self.body(shapes.EventRequest)))
        result = ingest.accept(incoming, workspace=self.caller.workspace)
        return answer(shapes.accepted(result.event, duplicate=result.duplicate), status=202)

    @extend_schema(
        operation_id="events_list",
        parameters=parameters(shapes.EventQuery),
        responses=shapes.EventPage,
    )
    def list(self, request: Request) -> Response:
        """The newest events first."""
        wanted = self.query(shapes.EventQuery).filters()
        return self.page(Event.objects.filter(**wanted).defer("data"), shapes.summary)

    @extend_schema(operation_id="events_retrieve", responses=shapes.EventResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One event, by our `uid` or by the sender's `id` (the newest, where several sources used it)."""
        uid = uuid_or_none(pk)
        row = (uid and Event.objects.filter(pk=uid).first()) or Event.objects.filter(event_id=pk).first()
        if row is None:
            raise NotFoundError(f"There is no event {pk[:64]!r} in this workspace.")
        return answer(shapes.event(row))


class TriggerTypeViewSet(WorkspaceViewSet):
    """The kinds of triggers that exist."""

    @extend_schema(operation_id="trigger_types_list", responses=shapes.TriggerTypeListing)
    def list(self, request: Request) -> Response:
        """All trigger types, with the JSON Schema of their parameters."""
        return answer(shapes.TriggerTypeListing(results=[shapes.trigger_type(item) for item in trigger_types]))
