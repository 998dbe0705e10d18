"""Bulk repairs over HTTP."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from core.api.queries import parameters
from core.api.views import WorkspaceViewSet, answer
from core.errors import InvalidError, Problem
from core.models import Role
from workflows.api import bulk_shapes as shapes
from workflows.api.bulk_shapes import BulkNotificationsRequest, BulkRunsRequest
from workflows.engine.repairs import Target
from workflows.models import Repair
from workflows.selectors import repairs
from workflows.services.bulk import previewing, requesting, steering, table
from workflows.services.bulk.requesting import Request

KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)
MAX_KEY_CHARACTERS = 255
ANSWERS = {200: shapes.BulkPreviewResponse, 202: shapes.RepairResponse}


class _BulkViewSet(WorkspaceViewSet):
    """Ask what an operation on many would do, and then for it."""

    area = "runs"
    write_role = Role.OPERATOR
    unkeyed = frozenset({"create"})
    target: ClassVar[Target]

    def asked(self, body: BulkRunsRequest | BulkNotificationsRequest) -> Response:
        """The preview (200), the new repair (202), or that of the first call with the key (200)."""
        operation = table.find(self.target, body.operation)
        options = table.options(operation, body.options)
        if body.preview:
            found = previewing.preview(operation, body.filter, options=options, per_second=body.per_second)
            return answer(shapes.preview(found))
        if body.expected is None:
            message = "Ask with `preview: true` first, and send its `matched` as `expected`."
            raise InvalidError(message, problems=[Problem("/expected", "missing", message)])
        wanted = Request(
            operation=operation,
            filter=body.filter,
            options=options,
            expected=body.expected,
            by=self.caller.name,
            reason=body.reason,
            per_second=body.per_second,
            max_errors=body.max_errors,
            idempotency_key=_key(self.request),
        )
        made = requesting.request(wanted)
        return answer(shapes.repair(made.repair, now=timezone.now()), status=200 if made.is_duplicate else 202)


class BulkRunViewSet(_BulkViewSet):
    """One operation on many runs."""

    target = Target.RUN

    @extend_schema(
        operation_id="workflow_runs_bulk", request=shapes.BulkRunsRequest, responses=ANSWERS, parameters=[KEY]
    )
    def create(self, request: HttpRequest) -> Response:
        """Cancel, retry, replay or move the runs that a filter finds. With `preview`, say what that would do; without,
        `expected` has to say how many they are, give or take a twentieth. Sent again with its key, it is one repair."""
        return self.asked(self.body(shapes.BulkRunsRequest))


class BulkNotificationViewSet(_BulkViewSet):
    """One operation on many notifications."""

    target = Target.NOTIFICATION

    @extend_schema(
        operation_id="notifications_bulk",
        request=shapes.BulkNotificationsRequest,
        responses=ANSWERS,
        parameters=[KEY],
    )
    def create(self, request: HttpRequest) -> Response:
        """Replay the notifications that a filter finds, in the same way as runs."""
        return self.asked(self.body(shapes.BulkNotificationsRequest))


class RepairViewSet(WorkspaceViewSet):
    """Repairs, how far they are, and what became of each of their items."""

    area = "runs"
    write_role = Role.OPERATOR

    @extend_schema(operation_id="repairs_list", parameters=parameters(shapes.RepairQuery), responses=shapes.RepairPage)
    def list(self, request: HttpRequest) -> Response:
        """The newest repairs first."""
        wanted = self.query(shapes.RepairQuery).filters()
        return self.page(repairs.listed(**wanted), partial(shapes.summary, now=timezone.now()))

    @extend_schema(operation_id="repairs_retrieve", responses=shapes.RepairResponse)
    def retrieve(self, request: HttpRequest, pk: str) -> Response:
        """One repair: how far it is, how fast, until when, and its last errors."""
        return answer(shapes.repair(self.find(Repair.objects.all(), pk), now=timezone.now()))

    @extend_schema(operation_id="repairs_items", parameters=parameters(shapes.ItemQuery), responses=shapes.ItemPage)
    @action(detail=True, methods=["get"])
    def items(self, request: HttpRequest, pk: str) -> Response:
        """What became of each of its runs or notifications, the last of the set first."""
        row = self.find(Repair.objects.all(), pk)
        return self.page(repairs.items(row.pk, **self.query(shapes.ItemQuery).filters()), shapes.item)

    @extend_schema(operation_id="repairs_pause", request=shapes.SteeringRequest, responses=shapes.RepairResponse)
    @action(detail=True, methods=["post"])
    def pause(self, request: HttpRequest, pk: str) -> Response:
        """Begin no more items, until it is resumed."""
        return self._steered(pk, steering.pause)

    @extend_schema(operation_id="repairs_resume", request=shapes.SteeringRequest, responses=shapes.RepairResponse)
    @action(detail=True, methods=["post"])
    def resume(self, request: HttpRequest, pk: str) -> Response:
        """Go on. One that stopped for its failures gets its error budget anew."""
        return self._steered(pk, steering.resume)

    @extend_schema(operation_id="repairs_cancel", request=shapes.SteeringRequest, responses=shapes.RepairResponse)
    @action(detail=True, methods=["post"])
    def cancel(self, request: HttpRequest, pk: str) -> Response:
        """End it. What was done stays, what is pending is left alone."""
        return self._steered(pk, steering.cancel)

    def _steered(self, pk: str, act: Callable[..., Repair]) -> Response:
        row = self.find(Repair.objects.all(), pk)
        reason = self.body(shapes.SteeringRequest).reason
        return answer(shapes.repair(act(row.pk, by=self.caller.name, reason=reason), now=timezone.now()))


def _key(request: HttpRequest) -> str:
    key: str = request.headers.get("Idempotency-Key", "")
    if len(key) > MAX_KEY_CHARACTERS or not key.isprintable():
        message = f"An idempotency key has at most {MAX_KEY_CHARACTERS} characters, all of them printable."
        raise InvalidError(message, problems=[Problem("/idempotency_key", "invalid", message)])
    return key
