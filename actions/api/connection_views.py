"""Connections over HTTP."""

from typing import Any

from django.contrib.auth import get_user
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from actions.api import connection_shapes as shapes
from actions.connections.registry import connection_types
from actions.models import Connection
from actions.services import authorizing, connections, trying
from core import validation
from core.api.etags import IF_MATCH
from core.api.queries import parameters
from core.api.views import WorkspaceViewSet, answer
from core.errors import MalformedError
from core.models import Role

PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Connected</title>"
    "<body><h1>Connected</h1><p>The connection <b>{}</b> is authorised. You can close this page.</p></body></html>"
)


class ConnectionTypeViewSet(WorkspaceViewSet):
    """The kinds of connections that exist."""

    area = "connections"

    @extend_schema(operation_id="connection_types_list", responses=shapes.ConnectionTypeListing)
    def list(self, request: Request) -> Response:
        """All connection types, with the JSON Schemas of what they take."""
        return answer(shapes.ConnectionTypeListing(results=[*map(shapes.connection_type, connection_types)]))


class ConnectionViewSet(WorkspaceViewSet):
    """How the workspace reaches services outside. Each is found by its id or its name."""

    area = "connections"
    write_role = Role.ADMIN
    roles = {"list": Role.EDITOR, "retrieve": Role.EDITOR}
    unkeyed = frozenset({"test"})

    @extend_schema(
        operation_id="connections_list",
        parameters=parameters(shapes.ConnectionQuery),
        responses=shapes.ConnectionListing,
    )
    def list(self, request: Request) -> Response:
        """All connections, by name, each with what somebody should look at."""
        rows = Connection.objects.filter(**self.query(shapes.ConnectionQuery).model_dump(exclude_none=True))
        now = timezone.now()
        return answer(shapes.ConnectionListing(results=[shapes.connection(row, now=now) for row in rows]))

    @extend_schema(
        operation_id="connections_create",
        request=shapes.ConnectionRequest,
        responses={201: shapes.ConnectionResponse},
    )
    def create(self, request: Request) -> Response:
        """Store a new connection."""
        body = self.body(shapes.ConnectionRequest)
        row = connections.create(
            name=body.name,
            kind=body.kind,
            settings_=body.settings,
            secrets=body.secrets,
            role=body.role,
            expires_at=body.expires_at,
            by=self.caller.name,
        )
        return self._answer(row, status=201)

    @extend_schema(operation_id="connections_retrieve", responses=shapes.ConnectionResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One connection, without its secrets."""
        return self._answer(connections.find(pk))

    @extend_schema(
        operation_id="connections_partial_update",
        request=shapes.ConnectionChange,
        responses=shapes.ConnectionResponse,
        parameters=[IF_MATCH],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given. Secrets that are left out keep their value, unless the address changes."""
        body = self.body(shapes.ConnectionChange)
        changes: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
        if "settings" in changes:
            changes["settings_"] = changes.pop("settings")
        return self._answer(
            connections.update(connections.find(pk), by=self.caller.name, expected=self.expected, **changes)
        )

    @extend_schema(operation_id="connections_destroy", responses={204: None}, parameters=[IF_MATCH])
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a connection that no active workflow uses."""
        connections.delete(connections.find(pk), by=self.caller.name, expected=self.expected)
        return Response(status=204)

    @extend_schema(operation_id="connections_test", request=None, responses=shapes.ConnectionTestResponse)
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Find out whether it works. The answer is 200 either way: `ok` says which."""
        found = trying.test(connections.find(pk))
        return answer(shapes.ConnectionTestResponse(ok=not found.code, message=found.message, code=found.code or None))

    @extend_schema(operation_id="connections_authorize", request=None, responses=shapes.AuthorizeResponse)
    @action(detail=True, methods=["post"])
    def authorize(self, request: Request, pk: str) -> Response:
        """The URL where a person lets us act for them: open it in a browser, within ten minutes."""
        callback = request.build_absolute_uri(reverse("connection-oauth-callback").rstrip("/"))
        row = connections.find(pk)
        return answer(shapes.AuthorizeResponse(url=authorizing.begin(row, redirect_uri=callback, by=self.caller.name)))

    def _answer(self, row: Connection, *, status: int = 200) -> Response:
        shown = shapes.connection(row, now=timezone.now())
        return self.tagged(shown, state=connections.state(row), status=status)


class OAuthCallbackView(APIView):
    """Where people come back to who agreed. Needs no key: `state` proves what it belongs to."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        operation_id="connections_oauth_callback",
        auth=[],
        responses={(200, "text/html"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        """Store the tokens for the code that the other side gave, and say that it is connected."""
        if any("\0" in text for text in request.query_params.values()):
            raise MalformedError("The URL has a NUL character, which no value can have.")
        said = validation.parse(shapes.CallbackQuery, request.query_params.dict())
        user = get_user(request._request)  # noqa: SLF001  of the browser's session, which DRF is not to ask for here
        by = f"user {user.get_username()}" if user.is_authenticated else ""
        row = authorizing.finish(state=said.state, code=said.code, error=said.error, by=by)
        page = HttpResponse(format_html(PAGE, row.name))
        page["Content-Security-Policy"] = "default-src 'none'"
        page["Referrer-Policy"] = "no-referrer"
        page["Cache-Control"] = "no-store"
        return page
