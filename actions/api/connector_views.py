"""Connectors of a workspace over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from actions.api import connector_shapes as shapes
from actions.connectors.document import ConnectorDocument
from actions.models import Connector
from actions.services import connectors
from core.api.etags import IF_MATCH
from core.api.parsers import OldYamlParser, StrictJsonParser, TextYamlParser, YamlParser
from core.api.views import WorkspaceViewSet, answer
from core.models import Role


class ConnectorViewSet(WorkspaceViewSet):
    """Connectors say where requests go, so admins write them."""

    area = "connections"
    write_role = Role.ADMIN
    parser_classes = [StrictJsonParser, YamlParser, OldYamlParser, TextYamlParser]

    @extend_schema(operation_id="connectors_list", responses=shapes.ConnectorListing)
    def list(self, request: Request) -> Response:
        """All connectors of this workspace; those of the installation are action types like any other."""
        return answer(shapes.ConnectorListing(results=[shapes.summary(row) for row in Connector.objects.all()]))

    @extend_schema(
        operation_id="connectors_create", request=ConnectorDocument, responses={201: shapes.ConnectorResponse}
    )
    def create(self, request: Request) -> Response:
        """Store a connector. A name that is taken is answered with 409."""
        return self._answer(connectors.create(self.document, by=self.caller.name), status=201)

    @extend_schema(operation_id="connectors_retrieve", responses=shapes.ConnectorResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One connector, with the JSON Schemas of its operations."""
        return self._answer(connectors.find(pk))

    @extend_schema(
        operation_id="connectors_update",
        request=ConnectorDocument,
        responses={200: shapes.ConnectorResponse, 201: shapes.ConnectorResponse},
        parameters=[IF_MATCH],
    )
    def update(self, request: Request, pk: str) -> Response:
        """Store a connector under this name, whether there was one (200) or not (201). Holds for the next action."""
        row, created = connectors.put(pk, self.document, by=self.caller.name, expected=self.expected)
        return self._answer(row, status=201 if created else 200)

    @extend_schema(operation_id="connectors_destroy", responses={204: None}, parameters=[IF_MATCH])
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a connector. Workflows that use it fail from then on, and cannot be published."""
        connectors.delete(pk, by=self.caller.name, expected=self.expected)
        return Response(status=204)

    def _answer(self, row: Connector, *, status: int = 200) -> Response:
        return self.tagged(shapes.connector(row), state=connectors.state(row), status=status)
