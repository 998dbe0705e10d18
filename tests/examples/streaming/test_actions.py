"""Each action of the plugin against its real service."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from actions import checking
from actions.base import ActionFailedError, Effects
from actions.registry import action_types
from core.models import Workspace
from examples.streaming.service import StreamingServer
from tests import streaming
from tests.examples.streaming.conftest import Perform

pytestmark = pytest.mark.django_db

STREAM = {"id": "stream-1", "title": "Cup final"}
KEYS = ["create_clip", "add_marker", "update_stream", "update_vod", "trigger_processing"]


@pytest.mark.parametrize(
    ("params", "data", "start"),
    [
        ({}, {}, 0),
        ({"start_offset_seconds": -10}, {"offset_seconds": 2711.5}, 2701.5),
        ({"start_offset_seconds": "-10"}, {"offset_seconds": 4}, 0),
        ({"at_seconds": 60}, {"offset_seconds": 2711}, 60),
        ({"at_seconds": "{{ offset_seconds }}", "start_offset_seconds": 5}, {"offset_seconds": 10}, 15),
    ],
)
def test_a_clip_begins_relative_to_what_the_event_is_about(
    perform: Perform, server: StreamingServer, params: dict[str, Any], data: dict[str, Any], start: float
) -> None:
    wanted = {"duration_seconds": 30, "title": "GOAL!", **params}

    output = perform("create_clip", wanted, stream=STREAM, **data).output

    assert (output["stream_id"], output["start_seconds"], output["duration_seconds"]) == ("stream-1", start, 30)
    assert server.store.rows["clips"] == {output["id"]: output}


def test_a_second_attempt_makes_no_second_clip(perform: Perform, server: StreamingServer) -> None:
    wanted = {"duration_seconds": 30, "title": "GOAL!"}

    first, again = (perform("create_clip", wanted, stream=STREAM).output for _ in range(2))
    other = perform("create_clip", wanted, attempt="2", stream=STREAM).output

    assert first == again
    assert {*server.store.rows["clips"]} == {first["id"], other["id"]}


@pytest.mark.parametrize(
    ("data", "at_seconds"), [({"offset_seconds": 12.5}, 12.5), ({}, 5400)], ids=["detected", "at the end"]
)
def test_a_marker_is_set_where_something_was_detected(
    perform: Perform, server: StreamingServer, data: dict[str, Any], at_seconds: float
) -> None:
    output = perform("add_marker", {"label": "goal"}, stream=STREAM, **data).output

    assert output["at_seconds"] == at_seconds
    row = server.store.rows["markers"][output["id"]]
    assert row == {"id": output["id"], "stream_id": "stream-1", "at_seconds": at_seconds, "label": "goal"}


def test_a_stream_is_changed_in_what_is_given(perform: Perform, server: StreamingServer) -> None:
    output = perform("update_stream", {"tags": ["final"]}, stream=STREAM).output

    assert output == {"id": "stream-1", "title": "Cup final", "tags": ["final"]}
    assert server.store.rows["streams"]["stream-1"]["title"] == "Cup final"


def test_a_recording_is_published(perform: Perform, server: StreamingServer) -> None:
    output = perform("update_vod", {"vod_id": "vod-1", "visibility": "public"}).output

    assert output["visibility"] == "public"
    assert server.store.rows["vods"]["vod-1"]["visibility"] == "public"


def test_a_job_is_queued(perform: Perform, server: StreamingServer) -> None:
    output = perform("trigger_processing", {"kind": "transcribe", "options": {"language": "nl"}}, stream=STREAM).output

    assert output["status"] == "queued"
    job = server.store.rows["jobs"][output["id"]]
    assert (job["kind"], job["stream_id"], job["options"]) == ("transcribe", "stream-1", {"language": "nl"})


@pytest.mark.parametrize(
    ("key", "params", "code"),
    [
        ("create_clip", {"stream_id": "none", "duration_seconds": 1, "title": "x"}, "http_status"),
        ("create_clip", {"stream_id": "..", "duration_seconds": 1, "title": "x"}, "invalid_parameters"),
        ("create_clip", {"stream_id": "a/b", "duration_seconds": 1, "title": "x"}, "http_status"),
        ("add_marker", {"stream_id": "none", "label": "x"}, "not_found"),
        ("update_stream", {"stream_id": "none", "title": "x"}, "not_found"),
        ("update_vod", {"vod_id": "none", "title": "x"}, "not_found"),
        ("trigger_processing", {"stream_id": "none", "kind": "detect"}, "not_found"),
        ("trigger_processing", {"stream_id": "stream-1", "kind": "paint"}, "invalid_parameters"),
    ],
)
def test_what_is_not_there_is_told(perform: Perform, key: str, params: dict[str, Any], code: str) -> None:
    with pytest.raises(ActionFailedError) as raised:
        perform(key, params)

    assert (raised.value.code, raised.value.is_retryable) == (code, False)


def test_bad_credentials_are_told(perform: Perform, scope: Workspace, server: StreamingServer) -> None:
    server.token = "another-token"

    with pytest.raises(ActionFailedError) as raised:
        perform("add_marker", {"label": "x"}, stream=STREAM)

    assert (raised.value.code, raised.value.is_retryable) == ("unauthorized", False)
    assert streaming.TOKEN not in raised.value.message


def test_the_types_are_listed_and_safe_to_repeat(server: StreamingServer, api: APIClient) -> None:
    rows = {row["key"]: row for row in api.get("/api/v1/action-types/").json()["results"]}

    assert {key: rows[key]["effects"] for key in KEYS} == dict.fromkeys(KEYS, Effects.KEYED.value)
    for key in KEYS:
        properties = rows[key]["params_schema"]["properties"]
        assert [name for name, each in properties.items() if not each.get("description")] == []


def test_a_clip_without_a_length_is_told_before_anything_runs(server: StreamingServer) -> None:
    problems = checking.check_params(action_types.get("create_clip"), {"title": "x", "at_seconds": "later"}, path="")

    assert {problem.path for problem in problems} == {"/duration_seconds", "/at_seconds"}
