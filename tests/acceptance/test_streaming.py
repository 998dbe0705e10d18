"""Requirement 000: its two workflows, word for word, from the event to the clip."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from core import documents, tenancy
from core.models import Workspace
from examples.streaming.service import StreamingServer
from tests import factories, runner, streaming
from tests.acceptance.documents import requirement
from tests.actions.conftest import loopback_is_allowed
from tests.documentation import blocks, page
from triggers.services import matching
from workflows.models import Run

__all__ = ("loopback_is_allowed",)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_is_allowed")]

TEMPLATES = "examples/streaming/workflow_templates"
AUTO_CLIP, GOAL = "auto_clip_on_stream_end", "auto_clip_on_goal_detection"
FINAL = {"id": "stream-1", "title": "Cup final", "duration": 5400, "viewer_peak": 1200}
DETECTED = {"model": "sports_highlight", "label": "goal", "confidence": 0.93, "offset_seconds": 2711.5}


@pytest.fixture
def studio(workspace: Workspace) -> Iterator[StreamingServer]:
    """The service of the plugin, connected to the workspace."""
    with streaming.service() as server:
        streaming.connect(workspace, server)
        yield server


def published(workspace: Workspace, name: str) -> None:
    text = page(f"{TEMPLATES}/{name}.yaml")
    factories.published(workspace, documents.parse_yaml(text.encode(), max_bytes=100_000))


def runs_after(workspace: Workspace, type_: str, **data: Any) -> list[Run]:
    """What an event starts, gone on as far as it goes."""
    event = factories.event(workspace, type_, **data)
    matching.match(event.pk)
    runner.drain()
    with tenancy.scope(workspace.pk):
        return [*Run.objects.filter(event=event)]


@pytest.mark.parametrize(("number", "name"), [(0, AUTO_CLIP), (1, GOAL)])
def test_the_templates_are_the_examples_word_for_word(number: int, name: str) -> None:
    asked_for = blocks(requirement("000"), "yaml")

    assert page(f"{TEMPLATES}/{name}.yaml") == asked_for[number]


def test_a_stream_that_ends_is_clipped_and_told_of(
    workspace: Workspace, studio: StreamingServer, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/crm", method="POST").respond_with_data("")
    workspace.settings = {"webhook_url": httpserver.url_for("/crm")}
    workspace.save()
    published(workspace, AUTO_CLIP)

    [run] = runs_after(workspace, "stream.ended", duration_seconds=5400, stream=FINAL)

    assert run.status == "completed"
    [clip] = studio.store.rows["clips"].values()
    assert (clip["stream_id"], clip["duration_seconds"]) == ("stream-1", 60)
    assert clip["title"] == "Stream Highlight - Cup final"
    [(sent, _)] = httpserver.log
    assert json.loads(sent.data) == {"event": "clip_created", "stream_id": "stream-1"}


@pytest.mark.parametrize(("duration", "peak"), [(299, 1200), (5400, 99)], ids=["too short", "seen by too few"])
def test_a_stream_that_does_not_count_is_left_alone(
    workspace: Workspace, studio: StreamingServer, duration: int, peak: int
) -> None:
    published(workspace, AUTO_CLIP)
    stream = {**FINAL, "viewer_peak": peak}

    assert runs_after(workspace, "stream.ended", duration_seconds=duration, stream=stream) == []

    assert studio.store.rows["clips"] == {}


def test_a_goal_is_clipped_from_ten_seconds_before_it(workspace: Workspace, studio: StreamingServer) -> None:
    published(workspace, GOAL)

    [run] = runs_after(workspace, "ai.detection", **DETECTED, stream=FINAL)

    assert run.status == "completed"
    [clip] = studio.store.rows["clips"].values()
    assert (clip["start_seconds"], clip["duration_seconds"]) == (2701.5, 30)
    assert clip["title"] == "GOAL! - Cup final"


@pytest.mark.parametrize("change", [{"confidence": 0.84}, {"label": "foul"}, {"model": "other"}])
def test_a_detection_that_is_not_a_goal_is_left_alone(
    workspace: Workspace, studio: StreamingServer, change: dict[str, Any]
) -> None:
    published(workspace, GOAL)

    assert runs_after(workspace, "ai.detection", **{**DETECTED, **change}, stream=FINAL) == []
