"""The registry of event types over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from core.api.etags import IF_MATCH
from core.api.queries import parameters
from core.api.views import WorkspaceViewSet, answer
from core.errors import InvalidError, NotFoundError, Problem
from core.models import Role
from triggers.api import event_type_shapes as shapes
from triggers.selectors import event_types as known_types
from triggers.services import event_types


class EventTypeViewSet(WorkspaceViewSet):
    """What types of events there are."""

    area = "events"
    write_role = Role.EDITOR
    lookup_value_regex = ".+"  # a name may have slashes

    @extend_schema(
        operation_id="event_types_list",
        parameters=parameters(shapes.EventTypeQuery),
        responses=shapes.EventTypePage,
    )
    def list(self, request: Request) -> Response:
        """All types by name: those that were registered, and those that only came (`registered: false`)."""
        query = self.query(shapes.EventTypeQuery)
        found = known_types.known(after=query.cursor or "", limit=query.limit + 1)
        shown, url = found[: query.limit], None
        if len(found) > query.limit:
            url = replace_query_param(request.build_absolute_uri(), "cursor", shown[-1].name)
        results = [shapes.event_type(each) for each in shown]
        return answer(shapes.EventTypePage(results=results, next=url, previous=None))

    @extend_schema(
        operation_id="event_types_create", request=shapes.EventTypeRequest, responses={201: shapes.EventTypeResponse}
    )
    def create(self, request: Request) -> Response:
        """Register a type. A name that is registered already is answered with 409."""
        body = self.body(shapes.EventTypeRequest)
        event_types.create(body.name, body.values(), by=self.caller.name)
        return self._answer(body.name, status=201)

    @extend_schema(operation_id="event_types_retrieve", responses=shapes.EventTypeResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One type, registered or only seen."""
        return self._answer(pk)

    @extend_schema(
        operation_id="event_types_update",
        request=shapes.EventTypeChange,
        responses={200: shapes.EventTypeResponse, 201: shapes.EventTypeResponse},
        parameters=[IF_MATCH],
    )
    def update(self, request: Request, pk: str) -> Response:
        """Say everything about a type anew; one that is not registered is (201)."""
        try:
            shapes.check_name(pk)
        except ValueError as error:
            raise InvalidError("This is no name of a type.", problems=[Problem("", "invalid", str(error))]) from None
        values = self.body(shapes.EventTypeChange).values()
        _, created = event_types.put(pk, values, by=self.caller.name, expected=self.expected)
        return self._answer(pk, status=201 if created else 200)

    @extend_schema(
        operation_id="event_types_partial_update",
        request=shapes.EventTypeChange,
        responses=shapes.EventTypeResponse,
        parameters=[IF_MATCH],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is sent, and nothing else. Holds for the next event, in every process."""
        given = self.body(shapes.EventTypeChange).given()
        event_types.change(pk, given, by=self.caller.name, expected=self.expected)
        return self._answer(pk)

    @extend_schema(operation_id="event_types_destroy", responses={204: None}, parameters=[IF_MATCH])
    def destroy(self, request: Request, pk: str) -> Response:
        """Forget what is said about a type. Its events stay, and new ones are accepted unvalidated."""
        event_types.delete(pk, by=self.caller.name, expected=self.expected)
        return Response(status=204)

    def _answer(self, name: str, *, status: int = 200) -> Response:
        found = known_types.find(name)
        if found is None:
            raise NotFoundError(f"There is no event type {name[:64]!r} in this workspace.")
        return self.tagged(shapes.event_type(found), state=event_types.state(found.row), status=status)
