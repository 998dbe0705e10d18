"""Schedules over HTTP: what they will do, and what became of their times."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.queries import parameters
from core.api.views import WorkspaceViewSet, answer
from core.errors import InvalidError
from core.models import Role
from triggers.api import schedule_shapes as shapes
from triggers.models import Schedule, Tick
from triggers.selectors import schedules as selectors
from triggers.services import schedules


class PreviewViewSet(WorkspaceViewSet):
    """What a trigger would do."""

    area = "workflows"
    asking = ("create",)
    write_role = Role.VIEWER  # nothing is written

    @extend_schema(
        operation_id="triggers_preview",
        request=shapes.SchedulePreviewRequest,
        responses={200: shapes.SchedulePreviewResponse},
    )
    def create(self, request: Request) -> Response:
        """A schedule in words, with its next ten times. What is wrong with it is answered as `problems`."""
        wanted = self.body(shapes.SchedulePreviewRequest)
        zone = self.caller.workspace.time_zone
        try:
            found = schedules.preview(wanted.type, wanted.params, zone=zone, now=timezone.now())
        except InvalidError as error:
            problems = [
                shapes.ScheduleProblemResponse(path=p.path, code=p.code, message=p.message) for p in error.problems
            ]
            return answer(shapes.SchedulePreviewResponse(sentence="", next=[], timezone="", problems=problems))
        times = [each.isoformat() for each in found.times]
        return answer(
            shapes.SchedulePreviewResponse(sentence=found.sentence, next=times, timezone=found.timezone, problems=[])
        )


class ScheduleViewSet(WorkspaceViewSet):
    """When workflows are started by the clock."""

    area = "workflows"

    @extend_schema(
        operation_id="schedules_list", parameters=parameters(shapes.ScheduleQuery), responses=shapes.SchedulePage
    )
    def list(self, request: Request) -> Response:
        """The newest schedules first, each with its next time and what became of the last one."""
        wanted = self.query(shapes.ScheduleQuery).filters()
        return self.page(selectors.listed(**wanted), shapes.schedule)

    @extend_schema(operation_id="schedules_retrieve", responses=shapes.ScheduleDetailResponse)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One schedule, with its next ten times, its last ticks, and what it missed."""
        row = self.find(selectors.listed(), pk)
        return answer(shapes.detail(row, selectors.last_ticks(row)))

    @extend_schema(operation_id="schedules_ticks", parameters=parameters(shapes.TickQuery), responses=shapes.TickPage)
    @action(detail=True, methods=["get"])
    def ticks(self, request: Request, pk: str) -> Response:
        """What became of the times of a schedule, the newest first."""
        wanted = self.query(shapes.TickQuery).filters()
        row = self.find(Schedule.objects.all(), pk)
        return self.page(Tick.objects.filter(schedule=row, **wanted), shapes.tick)
