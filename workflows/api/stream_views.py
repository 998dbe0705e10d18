"""Streams of what happens to runs and workflows, for pages that show it as it does."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from core.api.queries import parameters
from core.api.streaming import StreamingViewSet
from core.errors import InvalidError, NotFoundError, Problem
from core.ids import uuid_or_none
from core.streams import readers
from core.streams.readers import Subject
from workflows.api import stream_shapes
from workflows.engine.states import FINISHED_RUN
from workflows.models import Run, Workflow
from workflows.selectors import streamed

_READERS = streamed.Readers(stream_shapes.Shown())
readers.register("run", _READERS.run)
readers.register("runs", _READERS.runs)
readers.register("workflow", _READERS.workflow)
readers.register("dead_letters", _READERS.dead_letters, every_seconds=3)
readers.register("dashboard", _READERS.dashboard, every_seconds=5)

STREAM = {
    (200, "text/event-stream"): OpenApiResponse(
        OpenApiTypes.STR,
        description="Server-sent events: `run`, `action`, `workflow`, `dead_letter` and `dashboard`, each with the "
        "whole state of what changed; `reset`, `ready`, `gone` and `end` (docs/streams.md)",
        examples=[OpenApiExample("stream", value=stream_shapes.EXAMPLE, media_type="text/event-stream")],
    ),
    204: OpenApiResponse(description="All of it was told before `Last-Event-ID`, and nothing is to come"),
}
LAST_EVENT_ID = OpenApiParameter(
    "Last-Event-ID", str, OpenApiParameter.HEADER, description="The last `id` that was told; browsers send it"
)


class RunStreamViewSet(StreamingViewSet):
    """One run."""

    area = "runs"

    @extend_schema(
        operation_id="workflow_runs_stream",
        parameters=[*parameters(stream_shapes.WatchQuery), LAST_EVENT_ID],
        responses=STREAM,
    )
    def list(self, request: Request, run_id: str) -> HttpResponseBase:
        """The state of a run and of its actions, and every change of them, until it has ended."""
        query = self.query(stream_shapes.WatchQuery)
        run = self.find(Run.objects.only("id", "workspace_id"), run_id)
        return self.stream([Subject("run", str(run.pk))], areas=["runs"], last_id=query.last_event_id, is_done=_ended)


class StreamViewSet(StreamingViewSet):
    """All that one page watches."""

    area = "runs"

    @extend_schema(
        operation_id="stream",
        parameters=[*parameters(stream_shapes.StreamQuery), LAST_EVENT_ID],
        responses=STREAM,
    )
    def list(self, request: Request) -> HttpResponseBase:
        """What changes of some runs, of the runs of some workflows, or of the workspace: one stream for one browser."""
        query = self.query(stream_shapes.StreamQuery)
        topics = _topics(query.topics)
        areas = ["runs", *(["workflows"] if "workflows" in topics else [])]
        self.check_reads(*areas)
        subjects = [
            *(Subject("run", key) for key in _runs(query.runs)),
            *(Subject("runs", key) for key in _workflows(query.workflows)),
            *(Subject(stream_shapes.TOPICS[each]) for each in topics),
        ]
        if not subjects:
            raise InvalidError("Nothing is watched: say `runs`, `workflows` or `topics`.")
        return self.stream(subjects, areas=areas, last_id=query.last_event_id)


def _ended(documents: Mapping[tuple[str, str], dict[str, Any]]) -> bool:
    """Whether the only run has ended, or is not there any more."""
    return all(each["status"] in FINISHED_RUN for (name, _), each in documents.items() if name == "run")


def _topics(text: str | None) -> list[str]:
    found = stream_shapes.listed(text)
    if unknown := [each for each in found if each not in stream_shapes.TOPICS]:
        message = f"There is no topic {unknown[0][:80]!r}; there are {', '.join(stream_shapes.TOPICS)}."
        raise InvalidError(message, problems=[Problem("/topics", "unknown_topic", message)])
    return found


def _runs(text: str | None) -> list[str]:
    written = stream_shapes.listed(text)
    _refuse_more("runs", written, most=stream_shapes.MAX_RUNS)
    ids = {each: uuid_or_none(each) for each in written}
    known = set(Run.objects.filter(pk__in=[each for each in ids.values() if each]).values_list("pk", flat=True))
    return [str(_known(each, uid if uid in known else None, "run")) for each, uid in ids.items()]


def _workflows(text: str | None) -> list[str]:
    written = stream_shapes.listed(text)
    _refuse_more("workflows", written, most=stream_shapes.MAX_WORKFLOWS)
    ids = [uid for each in written if (uid := uuid_or_none(each))]
    rows = Workflow.objects.filter(pk__in=ids) | Workflow.objects.filter(slug__in=written)
    found: dict[str, UUID] = {}
    for uid, slug in rows.values_list("pk", "slug"):
        found |= {str(uid): uid, slug: uid}
    names = {each: str(uuid_or_none(each) or each) for each in written}
    return [*dict.fromkeys(str(_known(each, found.get(name), "workflow")) for each, name in names.items())]


def _known(written: str, uid: UUID | None, what: str) -> UUID:
    if uid is None:
        raise NotFoundError(f"There is no {what} {written[:64]!r} in this workspace.")
    return uid


def _refuse_more(name: str, written: list[str], *, most: int) -> None:
    if len(written) > most:
        message = f"At most {most} {name} are watched by one stream; these are {len(written)}."
        raise InvalidError(message, problems=[Problem(f"/{name}", "too_many", message)])
