"""Runs over HTTP: how far they are, and what people do about them."""

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.keys import one_key
from core.api.pagination import OldestFirst
from core.api.queries import ListQuery, parameters
from core.api.views import WorkspaceViewSet, answer
from core.models import Role
from workflows.api import repair_shapes, run_shapes
from workflows.models import ActionRun, Run
from workflows.selectors import runs as runs_selectors
from workflows.services import decisions, stopping
from workflows.services.repair import preview, rerunning, retrying, skipping

OF_ACTION = OpenApiParameter("action_run_id", str, OpenApiParameter.PATH)
PREVIEWED = frozenset({"retry", "retry_action", "skip_action", "replay"})
PREVIEW = parameters(repair_shapes.PreviewQuery)


class RunViewSet(WorkspaceViewSet):
    """How far it is, and what people do about it."""

    area = "runs"
    write_role = Role.OPERATOR
    unkeyed = frozenset({"replay"})

    def only_asks(self) -> bool:
        return self.action in PREVIEWED and self.query(repair_shapes.PreviewQuery).preview

    @extend_schema(
        operation_id="workflow_runs_list",
        parameters=parameters(run_shapes.RunQuery),
        responses=run_shapes.RunPage,
    )
    def list(self, request: Request) -> Response:
        """The newest runs of the workspace first."""
        return self.page(runs_selectors.listed(**self.query(run_shapes.RunQuery).filters()), run_shapes.summary)

    @extend_schema(operation_id="workflow_runs_retrieve", responses=run_shapes.RunResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One run: its event, its actions in order, and every attempt."""
        return self._answer(pk)

    @extend_schema(
        operation_id="workflow_runs_actions", parameters=parameters(ListQuery), responses=run_shapes.ActionPage
    )
    @action(detail=True, methods=["get"])
    def actions(self, request: Request, pk: str) -> Response:
        """All actions of a run, however many: the detail has the first 500 of them."""
        self.query(ListQuery)
        run = self.find(Run.objects.select_related("version"), pk)
        rows = runs_selectors.actions().filter(run=run)
        return self.page_of(rows, lambda page: run_shapes.actions(page, run), order=OldestFirst)

    @extend_schema(
        operation_id="workflow_runs_cancel", request=repair_shapes.CancelRequest, responses=run_shapes.RunResponse
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Start nothing more of a run, and cancel what waits; what runs at the moment is let end, or interrupted."""
        run, body = self._run(pk), self.body(repair_shapes.CancelRequest)
        is_immediate = body.mode is repair_shapes.CancelMode.IMMEDIATE
        stopping.cancel_for(run.pk, by=self.caller.name, comment=body.comment, is_immediate=is_immediate)
        return self._answer(pk)

    @extend_schema(
        operation_id="workflow_runs_decide",
        request=run_shapes.DecisionRequest,
        responses=run_shapes.RunResponse,
        parameters=[OF_ACTION],
    )
    @action(detail=True, methods=["post"], url_path="actions/(?P<action_run_id>[^/]+)/decide")
    def decide(self, request: Request, pk: str, action_run_id: str) -> Response:
        """Approve or reject what waits for it, or say what becomes of an action of which nobody knows the outcome."""
        body = self.body(run_shapes.DecisionRequest)
        decisions.decide(self._action(pk, action_run_id), body.decision, comment=body.comment, by=self.caller.name)
        return self._answer(pk)

    @extend_schema(
        operation_id="workflow_runs_retry",
        request=repair_shapes.RetryRequest,
        responses=repair_shapes.RepairedResponse,
        parameters=PREVIEW,
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Try what failed in a run again, in the same run and with the same idempotency keys."""
        run, body = self._run(pk), self.body(repair_shapes.RetryRequest)
        if self.query(repair_shapes.PreviewQuery).preview:
            return answer(repair_shapes.preview(preview.preview(run, "retry")))
        retrying.retry(run.pk, by=self.caller.name, reason=body.reason)
        return self._answer(pk)

    @extend_schema(
        operation_id="workflow_runs_retry_action",
        request=repair_shapes.RetryRequest,
        responses=repair_shapes.RepairedResponse,
        parameters=[OF_ACTION, *PREVIEW],
    )
    @action(detail=True, methods=["post"], url_path="actions/(?P<action_run_id>[^/]+)/retry")
    def retry_action(self, request: Request, pk: str, action_run_id: str) -> Response:
        """Try one failed action again, or one that waits for its next try now."""
        row, body = self._action(pk, action_run_id), self.body(repair_shapes.RetryRequest)
        if self.query(repair_shapes.PreviewQuery).preview:
            found = preview.preview(self._run(pk), "retry", action_run_ids=[row.pk])
            return answer(repair_shapes.preview(found))
        retrying.retry(row.run_id, by=self.caller.name, reason=body.reason, action_run_ids=[row.pk])
        return self._answer(pk)

    @extend_schema(
        operation_id="workflow_runs_skip_action",
        request=repair_shapes.SkipRequest,
        responses=repair_shapes.RepairedResponse,
        parameters=[OF_ACTION, *PREVIEW],
    )
    @action(detail=True, methods=["post"], url_path="actions/(?P<action_run_id>[^/]+)/skip")
    def skip_action(self, request: Request, pk: str, action_run_id: str) -> Response:
        """Leave one action out: what needs it goes on, with a substitute for its output."""
        row, body = self._action(pk, action_run_id), self.body(repair_shapes.SkipRequest)
        if self.query(repair_shapes.PreviewQuery).preview:
            return answer(repair_shapes.preview(preview.preview(self._run(pk), "skip", action_run_id=row.pk)))
        skipping.skip(row.pk, by=self.caller.name, reason=body.reason, output=body.output)
        return self._answer(pk)

    @extend_schema(
        operation_id="workflow_runs_replay",
        request=repair_shapes.ReplayRequest,
        responses={202: repair_shapes.ReplayedResponse, 200: repair_shapes.ReplayResponse},
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER), *PREVIEW],
    )
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        """Do a run again as a new one, from the start or from an action on. With an idempotency key there is one
        replay: sent again, it is answered (200) with the first."""
        run, body = self._run(pk), self.body(repair_shapes.ReplayRequest)
        if self.query(repair_shapes.PreviewQuery).preview:
            found = preview.preview(run, "replay", from_action=body.from_action, version=body.version.value)
            return answer(repair_shapes.preview(found))
        done = rerunning.replay(
            run.pk,
            by=self.caller.name,
            reason=body.reason,
            from_action=body.from_action,
            version=body.version.value,
            idempotency_key=one_key(body.idempotency_key, request.headers.get("Idempotency-Key", "")),
        )
        shown = repair_shapes.replayed(done.run, duplicate=done.is_duplicate)
        return answer(shown, status=200 if done.is_duplicate else 202)

    def _run(self, pk: str) -> Run:
        run: Run = self.find(Run.objects.select_related("workflow"), pk)
        return run

    def _action(self, pk: str, action_run_id: str) -> ActionRun:
        row: ActionRun = self.find(ActionRun.objects.filter(run=self.find(Run.objects.all(), pk)), action_run_id)
        return row

    def _answer(self, pk: str) -> Response:
        row: Run = self.find(runs_selectors.detailed(), pk)
        url = self.request.build_absolute_uri(reverse("workflow-run-actions", args=[row.pk]))
        return answer(run_shapes.run(row, actions_after=lambda last: OldestFirst().after(last.pk, url=url)))
