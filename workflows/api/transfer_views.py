"""Workflows and workspaces that come from elsewhere, and go there, over HTTP."""

from django.conf import settings
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core import scopes
from core.api import elsewhere
from core.api.etags import IF_MATCH
from core.api.parsers import (
    OldYamlParser,
    OldYamlStreamParser,
    StrictJsonParser,
    TextYamlParser,
    TextYamlStreamParser,
    YamlParser,
    YamlStreamParser,
)
from core.api.permissions import check_scope
from core.api.queries import parameters
from core.api.renderers import YamlRenderer, ZipRenderer
from core.api.views import WorkspaceViewSet, answer
from core.api.workspaces import NamedWorkspaceViewSet
from core.errors import ForbiddenError, InvalidError, Problem
from core.models import Role
from workflows.api import transfer_shapes as shapes
from workflows.api.views import YAMLS
from workflows.selectors import workflows
from workflows.services.transfer import bundle, exporting, importing, mapping, promoting, restoring
from workflows.services.transfer.exporting import Form


class WorkflowImportViewSet(WorkspaceViewSet):
    """Workflows from documents."""

    area = "workflows"
    write_role = Role.EDITOR
    max_body_bytes = settings.SEQUITUR_MAX_BODY_BYTES
    max_documents = importing.MAX_DOCUMENTS
    parser_classes = [StrictJsonParser, YamlStreamParser, OldYamlStreamParser, TextYamlStreamParser]

    @extend_schema(
        operation_id="workflows_import",
        parameters=[*parameters(shapes.ImportQuery), IF_MATCH],
        request={"application/json": shapes.DocumentsRequest, **YAMLS},
        responses={200: shapes.ImportResponse},
    )
    def create(self, request: Request) -> Response:
        """Make drafts of definitions: one as JSON, or a YAML stream of several; all of them or none. Each says what
        became of it, what keeps it from being published, and what it names that this workspace lacks."""
        query = self.query(shapes.ImportQuery)
        documents = self.body(shapes.DocumentsRequest).documents if self._are_several else [self.document]
        found = importing.run(documents, query.wish(expected=self.expected), by=self.caller.actor)
        return answer(shapes.imported(found))

    @property
    def _are_several(self) -> bool:
        return "documents" in self.document  # which no definition has


class WorkflowPromoteViewSet(WorkspaceViewSet):
    """A version of a workflow that goes to another workspace."""

    area = "workflows"
    write_role = Role.EDITOR

    @extend_schema(
        operation_id="workflows_promote",
        request=shapes.PromoteRequest,
        responses={200: shapes.PromotionResponse},
        parameters=[
            OpenApiParameter(
                elsewhere.HEADER,
                str,
                OpenApiParameter.HEADER,
                description="A key of the other workspace, beside the one that calls; people who are signed in need "
                "none, since they are members there",
            )
        ],
    )
    def create(self, request: Request, workflow_id: str) -> Response:
        """Make a published version the draft of the workflow of its name in another workspace, or its active version
        there. Both need the role editor. With `dry_run`, what differs, what is missing there, and no change."""
        row, body = workflows.find(workflow_id), self.body(shapes.PromoteRequest)
        if body.to == self.caller.workspace.slug:
            message = "The workflow is in this workspace already; to copy it: POST .../duplicate/."
            raise InvalidError(message, problems=[Problem("/to", "invalid", message)])
        there = elsewhere.caller(request, self.caller, slug=body.to)
        if not there.role.includes(Role.EDITOR):
            raise ForbiddenError(f"This needs the role editor in {body.to!r}, too; yours is {there.role.value} there.")
        check_scope(there, scopes.named(self.area, is_write=True))
        found = promoting.promote(row, body.wish(), to=there.workspace, here=self.caller.actor, there=there.actor)
        return answer(shapes.promoted(found))


_TYPES = {Form.JSON: "application/json", Form.YAML: YamlRenderer.media_type, Form.ZIP: ZipRenderer.media_type}
# All that a bundle has parts of: a key with scopes needs each.
_AREAS = ("workspace", "workflows", "events", "connections", "data")


class WorkspaceTransferViewSet(NamedWorkspaceViewSet):
    """A whole workspace as one document."""

    roles = {"export": Role.EDITOR}
    max_body_bytes = bundle.MAX_BYTES
    parser_classes = [StrictJsonParser, YamlParser, OldYamlParser, TextYamlParser]

    @extend_schema(
        operation_id="workspaces_export",
        parameters=parameters(shapes.BundleQuery),
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, YamlRenderer.media_type): OpenApiTypes.OBJECT,
            (200, ZipRenderer.media_type): OpenApiTypes.BINARY,
        },
    )
    @action(detail=True, methods=["get"], renderer_classes=[JSONRenderer, YamlRenderer, ZipRenderer])
    def export(self, request: Request, pk: str) -> StreamingHttpResponse:
        """The workspace as a bundle: workflows with their tests, event types, message templates, connectors,
        connections without secrets, variables and settings. The same state gives the same bytes, but for `made_at`. As
        YAML or ZIP, too, for who says so in `as`, or in `Accept`."""
        workspace, form = self.own(pk), self.query(shapes.BundleQuery).form or self._accepted
        self._check_scopes(is_write=False)
        found = StreamingHttpResponse(exporting.written(workspace, form), content_type=_TYPES[form])
        found["Content-Disposition"] = f'attachment; filename="{workspace.slug}.{form}"'
        return found

    @property
    def _accepted(self) -> Form:
        kind = self.request.accepted_renderer.media_type
        return next(form for form, media_type in _TYPES.items() if media_type == kind)

    @extend_schema(
        operation_id="workspaces_import",
        parameters=parameters(shapes.BundleImportQuery),
        request={"application/json": shapes.BundleRequest, **YAMLS},
        responses=shapes.BundleImportResponse,
    )
    @action(detail=True, methods=["post"], url_path="import", url_name="import")
    def take(self, request: Request, pk: str) -> Response:
        """Bring a bundle in: first a preview, which is what an import does and takes back; then, with the preview's
        `digest` as `expected`, all of it or nothing. Workflows are drafts, unless `publish` is true."""
        self.own(pk)
        self._check_scopes(is_write=True)
        query, document, names = self.query(shapes.BundleImportQuery), self.document, mapping.NOTHING
        if "bundle" in document:
            body = self.body(shapes.BundleRequest)
            document, names = body.bundle, body.mapping
        return answer(shapes.bundle_imported(restoring.run(document, query.wish(names), by=self.caller.actor)))

    def _check_scopes(self, *, is_write: bool) -> None:
        for area in _AREAS:
            check_scope(self.caller, scopes.named(area, is_write=is_write))
