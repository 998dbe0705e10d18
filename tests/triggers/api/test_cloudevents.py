import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests import cases
from tests.envelopes import envelope, refused
from triggers.models import Event

URL = "/api/v1/events/"
BATCH = f"{URL}batch/"
ONE, MANY = "application/cloudevents+json", "application/cloudevents-batch+json"
MINIMAL = {"specversion": "1.0", "id": "1", "type": "com.example.paid", "source": "/shop"}
BINARY = {f"HTTP_CE_{name.upper()}": value for name, value in MINIMAL.items()}
CORE = ("specversion", "id", "type", "source", "subject", "time", "data")


def post(api: APIClient, document: Any, url: str = URL, kind: str = ONE) -> Any:
    return api.generic("POST", url, json.dumps(document), content_type=kind)


def binary(api: APIClient, body: bytes = b"", content_type: str = "application/json", **headers: str) -> Any:
    return api.generic("POST", URL, body, content_type=content_type, **{**BINARY, **headers})  # type: ignore[arg-type]  # bytes are read too


def stored(workspace: Workspace) -> Event:
    with tenancy.scope(workspace.pk):
        return Event.objects.get()


def count(workspace: Workspace) -> int:
    with tenancy.scope(workspace.pk):
        return Event.objects.count()


def test_every_valid_event_of_the_conformance_cases_is_stored_exactly(api: APIClient, workspace: Workspace) -> None:
    for case in cases.load("cloudevents/valid-events.json")["tests"]:
        event = {name: value for name, value in case["event"].items() if value is not None}
        with tenancy.scope(workspace.pk):
            Event.objects.all().delete()

        answer = post(api, case["event"])

        assert answer.status_code == 202, (case["id"], answer.json())
        row = stored(workspace)
        assert (row.event_id, row.type, row.source) == (event["id"], event["type"], event["source"])
        assert (row.subject, row.data) == (event.get("subject", ""), event.get("data", {}))
        assert row.extensions == ({name: value for name, value in event.items() if name not in CORE} or None)
        if "time" in event:
            assert row.time.isoformat() == "2018-04-05T17:31:00+00:00"


def test_every_invalid_event_of_the_conformance_cases_is_refused_with_a_sentence(
    api: APIClient, workspace: Workspace
) -> None:
    for case in cases.load("cloudevents/invalid-events.json")["tests"]:
        problems = refused(post(api, case["event"]), status=400, code="invalid")

        assert problems, case["id"]
        assert all(len(problem["message"]) > 10 and problem["path"] for problem in problems)
    assert count(workspace) == 0


def test_every_valid_batch_of_the_conformance_cases_is_accepted(api: APIClient, workspace: Workspace) -> None:
    for case in cases.load("cloudevents/valid-batches.json")["tests"]:
        answer = post(api, case["batch"], BATCH, MANY)

        assert answer.status_code == 207, case["id"]
        assert [row["id"] for row in answer.json()["results"]] == [event["id"] for event in case["batch"]]
        assert {row["status"] for row in answer.json()["results"]} <= {"accepted", "duplicate"}
    assert count(workspace) == 3


def test_of_every_invalid_batch_of_the_conformance_cases_only_what_is_invalid_is_rejected(
    api: APIClient, workspace: Workspace
) -> None:
    statuses = []
    for case in cases.load("cloudevents/invalid-batches.json")["tests"]:
        answer = post(api, case["batch"], BATCH, MANY)

        assert answer.status_code == 207
        statuses.append([row["status"] for row in answer.json()["results"]])
    assert statuses == [["accepted", "rejected"], ["rejected"], ["rejected", "duplicate"]]
    assert count(workspace) == 1


@pytest.mark.parametrize("data", ["text", ["a", 1], 7, True, "", [], 0, {"a": None}], ids=repr)
def test_data_need_not_be_an_object(api: APIClient, workspace: Workspace, data: object) -> None:
    uid = post(api, {**MINIMAL, "data": data}).json()["uid"]

    assert api.get(f"{URL}{uid}/").json()["data"] == data
    assert stored(workspace).data == data


def test_extensions_are_shown_with_the_event(api: APIClient) -> None:
    uid = post(api, {**MINIMAL, "traceid": "a", "level": 3, "dataschema": "https://x.example/s"}).json()["uid"]

    assert api.get(f"{URL}{uid}/").json()["extensions"] == {
        "traceid": "a",
        "level": 3,
        "dataschema": "https://x.example/s",
    }


@pytest.mark.parametrize(
    ("extra", "path"),
    [
        ({"level": 1.5}, "/level"),
        ({"level": 2**31}, "/level"),
        ({"tags": ["a"]}, "/tags"),
        ({"nested": {}}, "/nested"),
        ({"Trace": "a"}, "/Trace"),
        ({"text": "a\u0007b"}, "/text"),
        ({"id": "a\nb"}, "/id"),
        ({"type": "a b"}, "/type"),
        ({"source": "x" * 256}, "/source"),
        ({"data_base64": "%%"}, "/data_base64"),
        ({"time": "2018-04-05T17:31:60Z"}, "/time"),
        ({"time": "0001-01-01T00:00:00+23:59"}, "/time"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_breaks_a_rule_is_refused_at_its_place(
    api: APIClient, workspace: Workspace, extra: dict[str, Any], path: str
) -> None:
    problems = refused(post(api, {**MINIMAL, **extra}), status=400, code="invalid")

    assert [problem["path"] for problem in problems] == [path]
    assert count(workspace) == 0


def test_a_cloudevent_is_accepted_once(api: APIClient, workspace: Workspace) -> None:
    answers = [post(api, MINIMAL).json()["duplicate"], binary(api).json()["duplicate"]]

    assert answers == [False, True]
    assert count(workspace) == 1


@pytest.mark.parametrize(
    ("body", "content_type", "data", "encoding"),
    [
        (b'{"a": 1}', "application/json", {"a": 1}, None),
        (b"[1]", "application/vnd.example+json; charset=utf-8", [1], None),
        ("é".encode(), "text/plain", "é", None),
        (b"<a/>", "application/xml", "<a/>", None),
        (b"\xff\x00", "text/plain", "/wA=", "base64"),
        (b"\xff\x00", "application/octet-stream", "/wA=", "base64"),
        (b"a=1", "application/x-www-form-urlencoded", "YT0x", "base64"),
        (b"", "application/json", {}, None),
    ],
    ids=repr,
)
def test_binary_mode_takes_any_body(
    api: APIClient, workspace: Workspace, body: bytes, content_type: str, data: object, encoding: str | None
) -> None:
    assert binary(api, body, content_type).status_code == 202

    row = stored(workspace)
    assert (row.data, (row.extensions or {}).get("datacontentencoding")) == (data, encoding)
    assert (row.extensions or {}).get("datacontenttype") == (content_type if body else None)


def test_bytes_in_the_json_format_are_read_as_they_are_in_binary_mode(api: APIClient, workspace: Workspace) -> None:
    post(api, {**MINIMAL, "data_base64": "eyJhIjogMX0=", "datacontenttype": "application/json"})

    assert stored(workspace).data == {"a": 1}


@pytest.mark.parametrize(
    ("header", "subject"),
    [("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"), ('"a \\"b\\""', 'a "b"'), ("%2525", "%25"), ("100%", "100%")],
    ids=repr,
)
def test_headers_are_decoded_once(api: APIClient, workspace: Workspace, header: str, subject: str) -> None:
    assert binary(api, HTTP_CE_SUBJECT=header, HTTP_CE_TRACE="x").status_code == 202

    assert (stored(workspace).subject, stored(workspace).extensions) == (subject, {"trace": "x"})


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ({"HTTP_CE_SUBJECT": "%00"}, "/headers/ce-subject"),
        ({"HTTP_CE_SUBJECT": "%FF"}, "/headers/ce-subject"),
        ({"HTTP_CE_TIME": "noon"}, "/headers/ce-time"),
        ({"HTTP_CE_MY_NAME": "x"}, "/headers/ce-my-name"),
        ({"HTTP_CE_DATACONTENTTYPE": "text/plain"}, "/headers/ce-datacontenttype"),
        ({"HTTP_CE_SPECVERSION": "0.3"}, "/headers/ce-specversion"),
    ],
    ids=repr,
)
def test_a_header_that_breaks_a_rule_is_named(
    api: APIClient, workspace: Workspace, headers: dict[str, str], path: str
) -> None:
    problems = refused(binary(api, b"", "", **headers), status=400, code="invalid")

    assert [problem["path"] for problem in problems] == [path]
    assert count(workspace) == 0


def test_a_body_that_is_not_the_json_it_says_is_malformed(api: APIClient, workspace: Workspace) -> None:
    refused(binary(api, b"{"), status=400, code="malformed")

    assert count(workspace) == 0


def test_a_batch_is_sent_to_the_address_of_batches(api: APIClient) -> None:
    answer = post(api, [MINIMAL], URL, MANY)

    assert answer.status_code == 415
    assert "application/cloudevents-batch+json" in envelope(answer)["detail"]
