"""`http_request` with pagination: each kind, its end, and its bounds."""

import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from actions import checking
from actions.base import ActionCall, ActionFailedError
from actions.registry import action_types

pytestmark = pytest.mark.usefixtures("loopback_is_allowed")
LAST = 3


def read(httpserver: HTTPServer, call: ActionCall, **pagination: Any) -> dict[str, Any]:
    action_type = action_types.get("http_request")
    params = {"url": httpserver.url_for("/list?size=2"), "query": {"q": "a"}, "pagination": pagination}
    return action_type.perform(checking.validated(action_type, params), call).output


def failure(httpserver: HTTPServer, call: ActionCall, **pagination: Any) -> str:
    with pytest.raises(ActionFailedError) as raised:
        read(httpserver, call, **pagination)
    return raised.value.code


@pytest.fixture
def pages(httpserver: HTTPServer) -> HTTPServer:
    """Three pages of two items, told in every way that there is."""

    def page(request: Request) -> Response:
        number = int(request.args.get("page", request.args.get("cursor", "c1").removeprefix("c")))
        items = [f"{number}a", f"{number}b"] if number <= LAST else []
        more = number < LAST
        link = f"/list?page={number + 1}" if more else None
        body = {"data": {"items": items}, "next": link, "cursor": f"c{number + 1}" if more else ""}
        headers = {"Link": f'</list?page=1>; rel="first", <{link}>; rel="next"'} if more else {}
        return Response(json.dumps(body), headers=headers, content_type="application/json")

    httpserver.expect_request("/list").respond_with_handler(page)
    return httpserver


KINDS: list[dict[str, Any]] = [
    {"kind": "next_link", "next": "next"},
    {"kind": "cursor", "next": "cursor"},
    {"kind": "page"},
    {"kind": "link_header"},
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind["kind"]))
def test_the_items_of_all_pages_are_the_output(pages: HTTPServer, call: ActionCall, kind: dict[str, Any]) -> None:
    output = read(pages, call, items="data.items", **kind)

    assert output["items"] == ["1a", "1b", "2a", "2b", "3a", "3b"]
    assert (output["is_complete"], output["body"], output["status"]) == (True, None, 200)
    assert output["pages"] == (4 if kind["kind"] == "page" else 3)  # that there are no more is told by an empty page
    keys = [request.headers["Idempotency-Key"] for request, _ in pages.log]
    assert keys[:2] == ["run:greet:0", "run:greet:0:2"]


@pytest.mark.parametrize(
    ("bounds", "count", "is_complete"),
    [({"max_pages": 2}, 4, False), ({"max_items": 3}, 3, False), ({"max_items": 6, "max_pages": 3}, 6, True)],
)
@pytest.mark.parametrize("kind", [KINDS[0], KINDS[1], KINDS[3]], ids=lambda kind: str(kind["kind"]))
def test_it_stops_at_its_bounds_and_says_so(
    pages: HTTPServer, call: ActionCall, kind: dict[str, Any], bounds: dict[str, int], count: int, is_complete: bool
) -> None:
    output = read(pages, call, items="data.items", **kind, **bounds)

    assert (len(output["items"]), output["is_complete"]) == (count, is_complete)


def test_a_page_at_another_host_is_not_read(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/list").respond_with_json({"items": [1], "next": "http://evil.example.com/list"})

    assert failure(httpserver, call, kind="next_link", items="items", next="next") == "wrong_host"


@pytest.mark.parametrize("kind", ["next_link", "cursor"])
def test_pages_that_name_each_other_end(httpserver: HTTPServer, call: ActionCall, kind: str) -> None:
    httpserver.expect_request("/list").respond_with_json({"items": [1], "next": "/list"})

    assert failure(httpserver, call, kind=kind, items="items", next="next") == "pagination_loop"
    assert len(httpserver.log) == 2


@pytest.mark.parametrize("link", ["file:///etc/passwd", "http://[", "http://a@127.0.0.1/", "//"])
def test_a_link_that_is_no_page_is_refused(httpserver: HTTPServer, call: ActionCall, link: str) -> None:
    httpserver.expect_request("/list").respond_with_json({"items": [1], "next": link})

    code = failure(httpserver, call, kind="next_link", items="items", next="next")

    assert code in {"invalid_url", "wrong_host", "pagination_loop"}


@pytest.mark.parametrize("body", [{"items": 5}, {}, [], "x"])
def test_an_answer_without_the_list_is_a_failure(httpserver: HTTPServer, call: ActionCall, body: Any) -> None:
    httpserver.expect_request("/list").respond_with_json(body)

    assert failure(httpserver, call, kind="page", items="items") == "invalid_items"


def test_a_body_may_be_the_list(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/list").respond_with_json([1, 2])

    assert read(httpserver, call, kind="link_header")["items"] == [1, 2]


def test_each_page_is_a_call(pages: HTTPServer, call: ActionCall) -> None:
    action_type = action_types.get("http_request")
    params = {"url": pages.url_for("/list"), "pagination": {"kind": "page", "items": "data.items"}}

    result = action_type.perform(checking.validated(action_type, params), call)

    assert result.usage == {"http_calls": len(pages.log)}
    assert len(pages.log) > 1
