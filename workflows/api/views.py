"""Workflows over HTTP."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core import documents
from core.api.etags import IF_MATCH
from core.api.keys import one_key
from core.api.parsers import MergePatchParser, OldYamlParser, StrictJsonParser, TextYamlParser, YamlParser
from core.api.queries import parameters
from core.api.renderers import YamlRenderer
from core.api.views import answer
from core.models import Role
from core.preconditions import Expected
from core.searching import Search
from workflows.api import run_shapes, shapes, version_shapes
from workflows.api.lifecycle_views import LifecycleViewSet
from workflows.definitions import react_flow
from workflows.engine.states import WorkflowStatus
from workflows.models import Workflow
from workflows.selectors import runs as runs_selectors
from workflows.selectors import versions
from workflows.selectors import workflows as selectors
from workflows.services import lifecycle, starting, workflows
from workflows.services.flow import circuits

DOCUMENT = {"type": "object", "description": "The definition itself (docs/definition.md)"}
YAMLS = dict.fromkeys(("application/yaml", "application/x-yaml", "text/yaml"), DOCUMENT)
DEFINITION_KEYS = frozenset({"trigger", "triggers", "event_type", "actions", "nodes"})


class WorkflowViewSet(LifecycleViewSet):
    """What is to be done."""

    area = "workflows"
    areas = {"execute": "runs", "runs": "runs"}
    write_role = Role.EDITOR
    roles = {"execute": Role.OPERATOR}
    unkeyed = frozenset({"execute"})
    max_body_bytes = settings.SEQUITUR_MAX_DEFINITION_BYTES
    parser_classes = [StrictJsonParser, MergePatchParser, YamlParser, OldYamlParser, TextYamlParser]

    @extend_schema(
        operation_id="workflows_list", parameters=parameters(shapes.WorkflowQuery), responses=shapes.WorkflowPage
    )
    def list(self, request: Request) -> Response:
        """The newest workflows first; archived ones only where they are asked for."""
        large = ("draft", "layout", "template_base", "active_version__definition")
        rows = Workflow.objects.select_related("active_version").defer(*large)
        rows, wanted = versions.with_unpublished_changes(rows), self.query(shapes.WorkflowQuery).filters()
        if "status" not in wanted:
            rows = rows.exclude(status=WorkflowStatus.ARCHIVED)
        said = Q()
        if (text := wanted.pop("q", None)) is not None:
            said = Q(name__icontains=text) | Q(description__icontains=text)

        def summaries(page: Sequence[Workflow]) -> Iterator[shapes.WorkflowSummary]:
            found = circuits.shown(page, self.caller.workspace)
            return (shapes.summary(row, found.get(row.pk)) for row in page)

        return self.page_of(Search(rows.filter(**wanted), said), summaries)

    @extend_schema(
        operation_id="workflows_create",
        request={"application/json": shapes.WorkflowRequest, **YAMLS},
        responses={201: shapes.WorkflowResponse},
    )
    def create(self, request: Request) -> Response:
        """Store a draft: JSON with the definition in it, or the definition itself as YAML. It may have problems."""
        name, definition, _ = self._definition()
        return self.shown(workflows.create(definition, name=name, by=self.caller.name), status=201)

    @extend_schema(operation_id="workflows_retrieve", responses=shapes.WorkflowResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One workflow with its draft. Its `ETag` is for `If-Match` of a change, and `If-None-Match` of this."""
        return self.shown(self._workflow(pk))

    @extend_schema(
        operation_id="workflows_update",
        request={"application/json": shapes.WorkflowRequest, **YAMLS},
        responses=shapes.WorkflowResponse,
        parameters=[IF_MATCH],
    )
    def update(self, request: Request, pk: str) -> Response:
        """Replace the draft. What is active goes on unchanged until the draft is published. With `If-Match` or
        `revision`, 412 where somebody changed it meanwhile; without, the last one who writes wins."""
        name, definition, expected = self._definition()
        row = self._workflow(pk)
        return self.shown(workflows.update(row, definition, name=name, by=self.caller.name, expected=expected))

    @extend_schema(
        operation_id="workflows_partial_update",
        request=shapes.WorkflowPatch,
        responses=shapes.WorkflowResponse,
        parameters=[IF_MATCH],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given: the name, the description, or parts of the draft, by a JSON merge patch."""
        row, body = self._workflow(pk), self.body(shapes.WorkflowPatch)
        row = workflows.patch(
            row,
            body.definition,
            name=body.name or "",
            description=body.description,
            by=self.caller.name,
            expected=self.expected or version_shapes.from_revision(body.revision),
        )
        return self.shown(row)

    @extend_schema(operation_id="workflows_destroy", responses={204: None}, parameters=[IF_MATCH])
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a workflow that never ran. Any other is archived (409 says so)."""
        lifecycle.delete(self._workflow(pk), by=self.caller.name, expected=self.expected)
        return Response(status=204)

    @extend_schema(
        operation_id="workflows_execute",
        request=shapes.ExecuteRequest,
        responses={202: shapes.StartedResponse, 200: shapes.StartedResponse},
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
    )
    @action(detail=True, methods=["post"])
    def execute(self, request: Request, pk: str) -> Response:
        """Start a run by hand, of an active workflow with any trigger; no conditions are asked. With an idempotency key
        there is one run: sent again, it is answered (200) with the first."""
        body = self.body(shapes.ExecuteRequest)
        key = one_key(body.idempotency_key, request.headers.get("Idempotency-Key", ""))
        started = starting.execute(self._workflow(pk), body.data, idempotency_key=key, by=self.caller.name)
        shown = shapes.started(started.run, duplicate=started.is_duplicate)
        return answer(shown, status=200 if started.is_duplicate else 202)

    @extend_schema(
        operation_id="workflows_export",
        parameters=parameters(shapes.ExportQuery),
        responses={200: shapes.ExportResponse, (200, YamlRenderer.media_type): OpenApiTypes.STR},
    )
    @action(detail=True, methods=["get"], renderer_classes=[JSONRenderer, YamlRenderer])
    def export(self, request: Request, pk: str) -> HttpResponse:
        """The draft as a document: created again, and exported again, it is the same to the byte. As YAML, too, for who
        says so in `as`, or in `Accept`."""
        row, form = self._workflow(pk), self.query(shapes.ExportQuery).form
        is_accepted = form is None and isinstance(request.accepted_renderer, YamlRenderer)
        if form is shapes.Form.YAML or is_accepted:
            return HttpResponse(documents.dump_yaml(row.draft), content_type=YamlRenderer.media_type)
        is_drawn = form is shapes.Form.REACT_FLOW
        return Response(
            react_flow.to_graph(row.draft, positions=row.layout) if is_drawn else row.draft,
            content_type=JSONRenderer.media_type,
        )

    @extend_schema(
        operation_id="workflows_runs", parameters=parameters(run_shapes.WorkflowRunQuery), responses=run_shapes.RunPage
    )
    @action(detail=True, methods=["get"])
    def runs(self, request: Request, pk: str) -> Response:
        """The newest runs of a workflow first."""
        row = self._workflow(pk)
        wanted = self.query(run_shapes.WorkflowRunQuery).filters()
        return self.page(runs_selectors.listed(workflow=str(row.pk), **wanted), run_shapes.summary)

    def _workflow(self, pk: str) -> Workflow:
        return selectors.find(pk)

    def _definition(self) -> tuple[str, Mapping[str, Any], Expected | None]:
        """The name, the definition of the body, and what it begins with: a YAML document, or one that begins like a
        definition, is the definition."""
        if "yaml" in (self.request.content_type or "") or not DEFINITION_KEYS.isdisjoint(self.document):
            return "", self.document, self.expected
        body = self.body(shapes.WorkflowRequest)
        return body.name, body.definition, self.expected or version_shapes.from_revision(body.revision)
