import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests.envelopes import envelope, refused
from triggers.models import Event

URL = "/api/v1/events/"
LIMIT = 256 * 1024
FUZZ = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def events(workspace: Workspace) -> int:
    with tenancy.scope(workspace.pk):
        return Event.objects.count()


def post_raw(api: APIClient, body: bytes) -> Any:
    return api.post(URL, body, content_type="application/json")


@pytest.mark.parametrize(
    "type_",
    [
        "",
        " ",
        "lead created",
        "lead.",
        ".lead",
        "a..b",
        "lead.*",
        "**",
        "a\n",
        "😀",
        "a" * 201,
        "a.b,c",
        "{{ x }}",
        "a\u202e",
    ],
    ids=lambda type_: repr(type_)[:20],
)
def test_what_is_no_type_is_refused(api: APIClient, workspace: Workspace, type_: str) -> None:
    problems = refused(api.post(URL, {"type": type_}, format="json"), status=400, code="invalid")

    assert [(problem["path"], problem["code"]) for problem in problems] == [("/type", "invalid")]
    assert events(workspace) == 0


@pytest.mark.parametrize("type_", ["a", "lead.created", "a" * 200, "größe.erreicht", "v1/orders:paid+x-y_z"])
def test_any_name_is_a_type(api: APIClient, type_: str) -> None:
    answer = api.post(URL, {"type": type_}, format="json")

    assert (answer.status_code, answer.json()["type"]) == (202, type_)


@pytest.mark.parametrize(
    ("time", "stored"),
    [
        ("2026-01-31T09:30:00Z", "2026-01-31T09:30:00Z"),
        ("2026-01-31T09:30:00", "2026-01-31T09:30:00Z"),
        ("2026-01-31 09:30", "2026-01-31T09:30:00Z"),
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("2026-01-31T09:30:00+05:30", "2026-01-31T04:00:00Z"),
        ("2026-01-31T09:30:00.5-08:00", "2026-01-31T17:30:00.500000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_a_time_is_an_instant_and_utc_when_nothing_else_is_said(api: APIClient, time: str, stored: str) -> None:
    answer = api.post(URL, {"type": "a", "time": time}, format="json")

    assert (answer.status_code, answer.json()["time"]) == (202, stored)


@pytest.mark.parametrize(
    "time",
    [1769851800, 1769851800.5, True, [], {}, "", "now", "1769851800", "20260131", "-1", "1e3", "12:30", "2026-13-01",
     "2026-02-30", "2026-01-31T25:00Z", "2026-01-31T09:30:00+99:00", "0001-01-01T00:00:00+14:00",
     "9999-12-31T23:59:59-14:00", "\uff12\uff10\uff12\uff16-01-31",
     " 2026-01-31", "2026-01-31T09:30:00Z\n", "2026-W05-1", "99999-01-01", "x" * 10_000],
    ids=lambda time: repr(time)[:30],
)  # fmt: skip
def test_what_is_no_instant_is_refused(api: APIClient, workspace: Workspace, time: object) -> None:
    problems = refused(api.post(URL, {"type": "a", "time": time}, format="json"), status=400, code="invalid")

    assert [(problem["path"], problem["code"]) for problem in problems] == [("/time", "invalid")]
    assert events(workspace) == 0


@pytest.mark.parametrize("data", [[], "text", 1, None, True, [["a", 1]]], ids=repr)
def test_data_has_to_be_an_object(api: APIClient, workspace: Workspace, data: object) -> None:
    problems = refused(api.post(URL, {"type": "a", "data": data}, format="json"), status=400, code="invalid")

    assert [problem["path"] for problem in problems] == ["/data"]
    assert events(workspace) == 0


@pytest.mark.parametrize("field", ["id", "source", "subject"])
@pytest.mark.parametrize("character", ["a", "é", "😀"])
def test_texts_have_at_most_255_characters(api: APIClient, workspace: Workspace, field: str, character: str) -> None:
    longest = api.post(URL, {"type": "a", field: character * 255}, format="json")
    longer = api.post(URL, {"type": "a", field: character * 256}, format="json")

    assert longest.status_code == 202
    assert [problem["path"] for problem in refused(longer, status=400, code="invalid")] == [f"/{field}"]
    assert events(workspace) == 1


@pytest.mark.parametrize("field", ["id", "source", "subject", "type"])
@pytest.mark.parametrize("value", [1, None, True, [], {}], ids=repr)
def test_texts_are_not_made_of_other_things(api: APIClient, workspace: Workspace, field: str, value: object) -> None:
    problems = refused(api.post(URL, {"type": "a", field: value}, format="json"), status=400, code="invalid")

    assert [problem["path"] for problem in problems] == [f"/{field}"]
    assert events(workspace) == 0


def test_every_problem_is_told_at_once(api: APIClient, workspace: Workspace) -> None:
    body = {"typ": "lead.created", "payload": {}, "id": 7, "time": "soon"}

    problems = refused(api.post(URL, body, format="json"), status=400, code="invalid")

    assert problems == [
        {"path": "/type", "code": "missing", "message": "'type' is missing; it is required."},
        {"path": "/id", "code": "invalid", "message": "It should be text; got 7."},
        {
            "path": "/time",
            "code": "invalid",
            "message": "Expected text in ISO 8601, like 2026-01-31T09:30:00Z; got 'soon'.",
        },
        {"path": "/typ", "code": "unknown_field", "message": "'typ' is not known here. Did you mean 'type'?"},
        {
            "path": "/payload",
            "code": "unknown_field",
            "message": "'payload' is not known here. There are type, data, id, source, subject, time.",
        },
    ]
    assert events(workspace) == 0


def body_of(length: int) -> bytes:
    frame = b'{"type": "a", "data": {"x": ""}}'
    return frame.replace(b'""', b'"' + b"x" * (length - len(frame)) + b'"')


def test_256_kib_are_accepted(api: APIClient, workspace: Workspace) -> None:
    body = body_of(LIMIT)

    assert len(body) == LIMIT
    assert post_raw(api, body).status_code == 202
    assert events(workspace) == 1


@pytest.mark.parametrize("length", [LIMIT + 1, 10 * 1024 * 1024], ids=["one byte more", "10 MB"])
def test_more_than_256_kib_are_too_large(api: APIClient, workspace: Workspace, length: int) -> None:
    answer = post_raw(api, body_of(length))

    refused(answer, status=413, code="too_large")
    assert (
        envelope(answer)["detail"] == f"The event has {length:,} bytes; at most 262,144 are accepted (max_event_bytes)."
    )
    assert events(workspace) == 0


def test_data_of_64_levels_with_its_body_is_stored(api: APIClient) -> None:
    deepest = b'{"type": "a", "data": {"x": ' + b"[" * 62 + b"]" * 62 + b"}}"
    deeper = deepest.replace(b"[]", b"[[]]")

    assert post_raw(api, deepest).status_code == 202
    refused(post_raw(api, deeper), status=400, code="malformed")


texts = st.text(max_size=20) | st.sampled_from(
    [
        "\0",
        "\ud800",
        "a" * 300,
        "lead.created",
        "2026-01-31",
        "20260131",
        "**",
        "'; DROP TABLE x; --",
        "{{ 7*7 }}",
        "\u202e",
        "NaN",
    ]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | texts
    | st.sampled_from([2**63, -(2**63), 10**400, 1e308, 5e-324])
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)
known = st.sampled_from(["type", "data", "id", "source", "subject", "time"])
documents = st.dictionaries(known | texts, values, max_size=7) | values
likely = st.fixed_dictionaries(
    {"type": st.just("a")},
    optional={
        "data": st.dictionaries(texts, values, max_size=4),
        "id": texts,
        "source": texts,
        "subject": texts,
        "time": st.datetimes(timezones=st.timezones() | st.none()).map(lambda time: time.isoformat()) | texts,
    },
)
fragments = st.lists(
    st.sampled_from(
        [b'{"type": "a", "data": ', b"{", b"}", b"[", b"]", b'"', b":", b",", b"\\ud800", b"\\u0000", b"1e999", b"-",
         b"NaN", b"\xff", b"\0", b"\xef\xbb\xbf", b'"type"', b'"a"', b"null", b"[" * 200, b"9" * 5000, b" " * 50]
    ),
    max_size=12,
).map(b"".join)  # fmt: skip
bodies = (
    (documents | likely).map(lambda value: json.dumps(value).encode())
    | likely.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    | fragments
    | st.binary(max_size=80)
)


@FUZZ
@given(body=bodies)
def test_no_body_is_an_error_of_ours(api: APIClient, workspace: Workspace, body: bytes) -> None:
    before = events(workspace)

    answer = post_raw(api, body)

    if answer.status_code == 202:
        uid = answer.json()["uid"]
        assert api.get(f"{URL}{uid}/").status_code == 200
    else:
        assert answer.status_code in {400, 413}, (answer.status_code, body)
        envelope(answer)
        assert events(workspace) == before


@FUZZ
@given(
    body=bodies,
    content_type=st.sampled_from(
        ["application/json", "text/plain", "multipart/form-data; boundary=a", "application/x-www-form-urlencoded"]
    )
    | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
    accept=st.sampled_from(["*/*", "text/html", "application/json;q=x"])
    | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    query=st.dictionaries(
        st.sampled_from(["type", "cursor", "limit", "format", "x"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    ),
)
def test_no_header_and_no_query_is_an_error_of_ours(
    api: APIClient, body: bytes, content_type: str, accept: str, query: dict[str, str]
) -> None:
    posted = api.generic("POST", URL, body, content_type=content_type, HTTP_ACCEPT=accept)  # type: ignore[arg-type]  # bytes are read too
    listed = api.get(URL, query, HTTP_ACCEPT=accept)

    for answer, good in ((posted, 202), (listed, 200)):
        assert answer.status_code == good or 400 <= answer.status_code < 500
        if answer.status_code != good:
            envelope(answer)


@FUZZ
@given(
    path=st.text(
        st.characters(min_codepoint=1, exclude_categories=["Cs"], exclude_characters="/?#"), min_size=1, max_size=30
    )
)
def test_no_id_in_the_url_is_an_error_of_ours(api: APIClient, path: str) -> None:
    answer = api.get(f"{URL}{path}/")

    assert answer.status_code in {200, 301, 400, 404, 405}
    if answer.status_code >= 400:
        envelope(answer)
