"""Triggers over HTTP."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.queries import parameters
from core.api.views import WorkspaceViewSet
from core.ids import uuid_or_none
from core.models import Role
from triggers.api import trigger_shapes as shapes
from triggers.models import Trigger
from triggers.services import catalogue, hooks, tallies


class TriggerViewSet(WorkspaceViewSet):
    """What listens."""

    area = "workflows"
    write_role = Role.EDITOR

    @extend_schema(
        operation_id="triggers_list", parameters=parameters(shapes.TriggerQuery), responses=shapes.TriggerPage
    )
    def list(self, request: Request) -> Response:
        """The newest triggers first."""
        wanted = self.query(shapes.TriggerQuery).filters()
        if (workflow := wanted.pop("workflow", None)) is not None:
            workflow_id = uuid_or_none(workflow)
            wanted |= {"workflow": workflow_id} if workflow_id else {"workflow__slug": workflow}
        return self.page_of(self._rows().filter(**wanted), self._shapes)

    @extend_schema(operation_id="triggers_retrieve", responses=shapes.TriggerResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One trigger, with the URL and the statistics of a webhook."""
        return self._answer(pk)

    @extend_schema(
        operation_id="triggers_partial_update", request=shapes.TriggerRequest, responses=shapes.TriggerResponse
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Switch a trigger on or off, at once. Publishing its workflow sets it to what the definition says."""
        row, body = self.find(self._rows(), pk), self.body(shapes.TriggerRequest)
        is_listening = row.workflow.status == "active"
        catalogue.enable(row, is_enabled=body.is_enabled, is_listening=is_listening, expected=self.expected)
        return self._answer(pk)

    @extend_schema(operation_id="triggers_rotate_url", request=None, responses=shapes.TriggerResponse)
    @action(detail=True, methods=["post"], url_path="rotate-url")
    def rotate_url(self, request: Request, pk: str) -> Response:
        """Give a webhook another URL. The old one leads nowhere from now on."""
        hooks.rotate(self.find(self._rows(), pk))
        return self._answer(pk)

    def _rows(self) -> QuerySet[Trigger]:
        return Trigger.objects.select_related("workflow", "hook").defer("workflow__draft", "workflow__layout")

    def _answer(self, pk: str) -> Response:
        row = self.find(self._rows(), pk)
        return self.tagged(self._shapes([row])[0], state=catalogue.state(row))

    def _shapes(self, rows: Sequence[Trigger]) -> Sequence[shapes.TriggerResponse]:
        statistics = tallies.of_triggers(rows)
        return [shapes.trigger(row, url=self._url(row), statistics=statistics[row.pk]) for row in rows]

    def _url(self, row: Trigger) -> str | None:
        """Who knows the URL of a webhook without verification may start runs, as an operator may and no viewer."""
        if not (shapes.has_hook(row) and self.caller.role.includes(Role.OPERATOR)):
            return None
        return self.request.build_absolute_uri(reverse("hook", args=[row.hook.public_id]))
