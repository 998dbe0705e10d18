"""Patterns over HTTP: conditions on events with a name, which triggers of any workflows share."""

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.etags import IF_MATCH
from core.api.queries import parameters
from core.api.views import WorkspaceViewSet
from core.models import Role
from triggers.models import Pattern
from workflows.api import pattern_shapes as shapes
from workflows.selectors import patterns as selectors
from workflows.selectors import workflows
from workflows.services.editing import patterns

SHOWN_USES = 100


class PatternViewSet(WorkspaceViewSet):
    """What has to happen, under a name."""

    area = "workflows"
    write_role = Role.EDITOR

    @extend_schema(
        operation_id="patterns_list", parameters=parameters(shapes.PatternQuery), responses=shapes.PatternPage
    )
    def list(self, request: Request) -> Response:
        """The newest patterns first."""
        wanted, rows = self.query(shapes.PatternQuery).filters(), Pattern.objects.all()
        if (text := wanted.pop("q", None)) is not None:
            rows = rows.filter(Q(name__icontains=text) | Q(description__icontains=text))
        return self.page(rows.filter(**wanted), shapes.summary)

    @extend_schema(
        operation_id="patterns_create", request=shapes.PatternRequest, responses={201: shapes.PatternResponse}
    )
    def create(self, request: Request) -> Response:
        """Store a pattern. With a `workflow`, its draft is given a trigger that names it."""
        body, caller = self.body(shapes.PatternRequest), self.caller
        workflow = None if body.workflow is None else workflows.named(body.workflow, path="/workflow")
        row = patterns.create(shapes.wanted(body), workflow=workflow, role=caller.role, by=caller.name)
        return self._shown(row, status=201)

    @extend_schema(operation_id="patterns_retrieve", responses=shapes.PatternResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One pattern, with the workflows that name it."""
        return self._shown(self.find(Pattern.objects.all(), pk))

    @extend_schema(
        operation_id="patterns_partial_update",
        request=shapes.PatternPatch,
        responses=shapes.PatternResponse,
        parameters=[IF_MATCH],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a pattern. What workflows that name it listen to changes at once, without publishing them."""
        row, changes = self.find(Pattern.objects.all(), pk), shapes.changes(self.body(shapes.PatternPatch))
        caller = self.caller
        return self._shown(patterns.change(row, changes, role=caller.role, by=caller.name, expected=self.expected))

    @extend_schema(operation_id="patterns_destroy", responses={204: None}, parameters=[IF_MATCH])
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a pattern that no workflow names."""
        patterns.delete(self.find(Pattern.objects.all(), pk), by=self.caller.name, expected=self.expected)
        return Response(status=204)

    def _shown(self, row: Pattern, *, status: int = 200) -> Response:
        shape = shapes.pattern(row, selectors.uses(row.name, limit=SHOWN_USES))
        return self.tagged(shape, state=patterns.state(row), status=status)
