"""Triggers over HTTP, as they are read; `workflows.api.trigger_views` writes them, since definitions are theirs."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.queries import parameters
from core.api.views import WorkspaceViewSet
from core.models import Role
from core.searching import id_or_slug
from triggers.api import trigger_shapes as shapes
from triggers.models import Trigger
from triggers.selectors import triggers
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
        wanted, rows = self.query(shapes.TriggerQuery).filters(), triggers.listed()
        if (workflow := wanted.pop("workflow", None)) is not None:
            rows = rows.filter(id_or_slug(workflow, at="workflow"))
        if (text := wanted.pop("q", None)) is not None:
            rows = rows.filter(triggers.named(text))
        return self.page_of(rows.filter(**wanted), self._shapes)

    @extend_schema(operation_id="triggers_retrieve", responses=shapes.TriggerResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One trigger, with the URL and the statistics of a webhook."""
        return self.shown(pk)

    @extend_schema(operation_id="triggers_rotate_url", request=None, responses=shapes.TriggerResponse)
    @action(detail=True, methods=["post"], url_path="rotate-url")
    def rotate_url(self, request: Request, pk: str) -> Response:
        """Give a webhook another URL. The old one leads nowhere from now on."""
        hooks.rotate(self.find(triggers.listed(), pk), by=self.caller.name)
        return self.shown(pk)

    def shown(self, pk: str, *, status: int = 200) -> Response:
        """A trigger as it is now, with its tag."""
        row: Any = self.find(triggers.listed(), pk)
        part = triggers.part_of(row.drafted, row.key)
        return self.tagged(self._shapes([row])[0], state=catalogue.state(row, part), status=status)

    def _shapes(self, rows: Sequence[Trigger]) -> Sequence[shapes.TriggerResponse]:
        statistics = tallies.of_triggers(rows)
        return [shapes.trigger(row, url=self._url(row), statistics=statistics[row.pk]) for row in rows]

    def _url(self, row: Trigger) -> str | None:
        """Who knows the URL of a webhook without verification may start runs, as an operator may and no viewer."""
        if not (shapes.has_hook(row) and self.caller.role.includes(Role.OPERATOR)):
            return None
        return self.request.build_absolute_uri(reverse("hook", args=[row.hook.public_id]))
