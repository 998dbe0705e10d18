"""The life of a workflow over HTTP: published, rolled back, paused, archived, restored, copied."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.etags import IF_MATCH
from core.api.views import WorkspaceViewSet, answer
from core.models import Role
from workflows.api import shapes, version_shapes
from workflows.api.version_shapes import ActivateRequest, PublishRequest, RollbackRequest, WorkflowReasonRequest
from workflows.models import Workflow
from workflows.selectors import workflows as selectors
from workflows.services import lifecycle, publishing, workflows
from workflows.services.flow import circuits
from workflows.services.flow.circuits import Shown
from workflows.services.publishing import Activated, Wish


def publisher_of(role: Role) -> Role:
    """The role by which somebody with this one looks at a draft: who reads does not publish."""
    return role if role.includes(Role.EDITOR) else Role.ADMIN


class LifecycleViewSet(WorkspaceViewSet):
    """What happens to a workflow as a whole."""

    area = "workflows"
    asking = ("publish_preview", "rollback_preview")

    @extend_schema(
        operation_id="workflows_publish",
        request=PublishRequest,
        responses=shapes.PublishedResponse,
        parameters=[IF_MATCH],
    )
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Make the draft the active version, or say everything that is wrong with it and its tests. `runs` says what
        becomes of those that go on; they are moved one after the other by the `repair` of the answer."""
        row = selectors.find(pk)
        return self._activated(row, publishing.publish(row, self._wish(self.body(PublishRequest))))

    @extend_schema(
        operation_id="workflows_publish_preview",
        request=PublishRequest,
        responses=version_shapes.MovePreviewResponse,
    )
    @action(detail=True, methods=["post"], url_path="publish/preview")
    def publish_preview(self, request: Request, pk: str) -> Response:
        """What publishing would do to the runs that go on: which would go by the new version, which stay, and why."""
        found = publishing.preview_publish(selectors.find(pk), self._wish(self.body(PublishRequest)))
        return answer(version_shapes.preview(found))

    @extend_schema(
        operation_id="workflows_rollback",
        request=RollbackRequest,
        responses=shapes.PublishedResponse,
        parameters=[IF_MATCH],
    )
    @action(detail=True, methods=["post"])
    def rollback(self, request: Request, pk: str) -> Response:
        """Make an earlier version the active one again, or say everything that keeps it from that by now; its kept
        tests are not run. The draft stays, unless `draft` is true. `runs` as for `publish/`."""
        row, body = selectors.find(pk), self.body(RollbackRequest)
        found = publishing.roll_back(row, body.version, self._wish(body), with_draft=body.draft)
        return self._activated(row, found)

    @extend_schema(
        operation_id="workflows_rollback_preview",
        request=RollbackRequest,
        responses=version_shapes.MovePreviewResponse,
    )
    @action(detail=True, methods=["post"], url_path="rollback/preview")
    def rollback_preview(self, request: Request, pk: str) -> Response:
        """What going back would do to the runs that go on, as `publish/preview/` says it."""
        body = self.body(RollbackRequest)
        found = publishing.preview_roll_back(selectors.find(pk), body.version, self._wish(body))
        return answer(version_shapes.preview(found))

    @extend_schema(operation_id="workflows_pause", request=None, responses=shapes.WorkflowResponse)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Let an active workflow start no more runs. Those that run go on."""
        return self.shown(workflows.pause(selectors.find(pk), by=self.caller.name))

    @extend_schema(operation_id="workflows_resume", request=None, responses=shapes.WorkflowResponse)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Let a paused workflow listen again, with the version that was active, and close its circuit breaker."""
        return self.shown(workflows.resume(selectors.find(pk), by=self.caller.name))

    @extend_schema(operation_id="workflows_archive", request=WorkflowReasonRequest, responses=shapes.WorkflowResponse)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """Let it listen no more, and show in no list but that of `?status=archived`. Runs go on; it can be restored."""
        reason = self.body(WorkflowReasonRequest).reason
        return self.shown(lifecycle.archive(selectors.find(pk), by=self.caller.name, reason=reason))

    @extend_schema(operation_id="workflows_restore", request=WorkflowReasonRequest, responses=shapes.WorkflowResponse)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Bring an archived workflow back, paused until `resume/`. One that was never published is a draft."""
        reason = self.body(WorkflowReasonRequest).reason
        return self.shown(lifecycle.restore(selectors.find(pk), by=self.caller.name, reason=reason))

    @extend_schema(
        operation_id="workflows_duplicate", request=shapes.DuplicateRequest, responses={201: shapes.WorkflowResponse}
    )
    @action(detail=True, methods=["post"])
    def duplicate(self, request: Request, pk: str) -> Response:
        """A new draft that says the same, under a name of its own."""
        name = self.body(shapes.DuplicateRequest).name
        return self.shown(lifecycle.duplicate(selectors.find(pk), name=name, by=self.caller.name), status=201)

    def shown(self, row: Workflow, *, status: int = 200) -> Response:
        """The workflow with what keeps this caller from publishing it; who reads does not publish."""
        problems = workflows.problems(row, role=self.publisher)
        return self.tagged(shapes.workflow(row, problems, self.circuit(row)), state=workflows.state(row), status=status)

    @property
    def publisher(self) -> Role:
        """The role by which a draft is looked at."""
        return publisher_of(self.caller.role)

    def circuit(self, row: Workflow) -> Shown | None:
        return circuits.shown([row], self.caller.workspace).get(row.pk)

    def _activated(self, row: Workflow, found: Activated) -> Response:
        row = selectors.find(str(row.pk))
        problems = workflows.problems(row, role=self.publisher)
        return self.tagged(shapes.published(row, problems, found, self.circuit(row)), state=workflows.state(row))

    def _wish(self, body: ActivateRequest) -> Wish:
        return version_shapes.wish(body, by=self.caller.name, role=self.caller.role, expected=self.expected)
