"""Expressions over HTTP, for editors of definitions."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import scopes
from core.api.queries import parameters
from core.api.views import WorkspaceViewSet, answer
from core.errors import InvalidError, Problem
from core.expressions.scope import Scope
from core.models import Role
from triggers.models import Event
from triggers.selectors import events
from workflows.api import expression_shapes as shapes
from workflows.api.testing_views import MAX_BODY_BYTES
from workflows.definitions import shorthand
from workflows.models import Workflow
from workflows.selectors import workflows as selectors
from workflows.services import imagining
from workflows.services.editing import names, rendering
from workflows.services.rehearsal import preparing, rehearsing
from workflows.services.rehearsal.preparing import Wanted


class ExpressionViewSet(WorkspaceViewSet):
    """What templates give, and what they may read. Nothing is stored."""

    area = "workflows"
    asking = ("render", "scope_of")
    write_role = Role.EDITOR
    max_body_bytes = MAX_BODY_BYTES

    @extend_schema(
        operation_id="expressions_render", request=shapes.RenderRequest, responses={200: shapes.RenderResponse}
    )
    @action(detail=False, methods=["post"])
    def render(self, request: Request) -> Response:
        """Render a template as a run does. Secrets are there, redacted."""
        body = self.body(shapes.RenderRequest)
        self.check_reads(*(["events"] if body.event_id else []))
        event = events.find(body.event_id) if body.event_id else None
        if body.workflow:
            scope = self._scope_at(body, event)
        elif event is not None:
            scope = rendering.scope_of_event(event, workspace=self.caller.workspace, now=timezone.now())
        else:
            scope = rendering.scope_of_sample(body.sample or {}, workspace=self.caller.workspace, now=timezone.now())
        is_template = body.template is not None
        value, path = (body.template, "/template") if is_template else (body.value, "/value")
        return answer(shapes.rendered(rendering.render(value, scope, path=path)))

    @extend_schema(
        operation_id="expressions_scope", parameters=parameters(shapes.ScopeQuery), responses=shapes.ScopeResponse
    )
    @action(detail=False, methods=["get"])
    def scope(self, request: Request) -> Response:
        """The names that an action of a draft can read."""
        query = self.query(shapes.ScopeQuery)
        workflow = selectors.find(query.workflow)
        return self._names(workflow, workflow.draft, query.action)

    @extend_schema(
        operation_id="expressions_scope_of", request=shapes.ScopeRequest, responses={200: shapes.ScopeResponse}
    )
    @scope.mapping.post
    def scope_of(self, request: Request) -> Response:
        """The same for a definition that is not saved."""
        body = self.body(shapes.ScopeRequest)
        workflow = selectors.find(body.workflow)
        document = workflow.draft if body.definition is None else shorthand.normalise(body.definition)
        return self._names(workflow, document, body.action)

    def _names(self, workflow: Workflow, document: Mapping[str, Any], action: str) -> Response:
        sees_events = scopes.allow(self.caller.scopes, scopes.named("events", is_write=False))
        workspace = self.caller.workspace
        return answer(
            shapes.names(names.known_at(workflow, document, action, workspace=workspace, sees_events=sees_events))
        )

    def _scope_at(self, body: shapes.RenderRequest, event: Event | None) -> Scope:
        """The names at an action of a draft, after a test of it up to there."""
        workspace, now = self.caller.workspace, timezone.now()
        subject = preparing.subject_of(selectors.find(body.workflow), role=self.caller.role)
        if event is None:
            triggers = subject.published.definition.triggers
            type_ = next((str(each.params.get("event") or "") for each in triggers), "") or "test"
            event = imagining.imagine_again(type_=type_, data=body.sample or {}, workspace=workspace, now=now)
        wanted = Wanted(event=event, until=body.action)
        script = preparing.script_of(subject, wanted, event=event, now=now, trigger_key="", workspace=workspace)
        scope = rehearsing.scope_at(script, body.action)
        if scope is None:
            message = f"In a test of the draft the action {body.action!r} does not have its turn; choose another event."
            raise InvalidError("The action is not reached.", problems=[Problem("/action", "not_reached", message)])
        return scope
