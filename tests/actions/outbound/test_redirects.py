from collections.abc import Callable
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from actions.base import ActionFailedError
from actions.outbound import AllowList, OutboundRequest, OutboundResponse, redirects, send
from actions.outbound.redirects import Trail
from tests import cases
from tests.actions import servers
from tests.actions.outbound import resolving
from tests.actions.servers import Conversation, Peer

LOOPBACK = AllowList.parse(["127.0.0.1/32"])
HEADERS = {
    "Authorization": "Bearer t", "Cookie": "a=b", "X-Api-Key": "k", "X-Internal": "i", "Content-Type": "text/plain",
    "Accept": "text/plain", "Idempotency-Key": "run:1",
}  # fmt: skip


def follow(url: str, *, method: str = "GET", most: int = 5, **fields: Any) -> OutboundResponse:
    request = OutboundRequest(method, url, max_redirects=most, **fields)
    return send(request, deadline_seconds=5, allow=LOOPBACK)


def failure(url: str, *, most: int = 5) -> ActionFailedError:
    with pytest.raises(ActionFailedError) as raised:
        follow(url, most=most)
    return raised.value


def redirecting(httpserver: HTTPServer, path: str, location: str, *, status: int = 302) -> str:
    httpserver.expect_request(path).respond_with_data("moved", status=status, headers={"Location": location})
    return httpserver.url_for(path)


def following(status: int, location: str, *, method: str = "POST", url: str = "https://a.example.com/x") -> Any:
    request = OutboundRequest(method, url, headers=HEADERS, query={"key": "q"}, body=b"b", max_redirects=5)
    response = OutboundResponse(status, {"location": location}, b"", is_truncated=False, duration_ms=1)
    return redirects.following(request, response, url=url, count=0)


@pytest.mark.parametrize(
    ("status", "method", "sent", "is_body_kept"),
    [
        (301, "POST", "GET", False), (302, "POST", "GET", False), (303, "POST", "GET", False),
        (303, "PUT", "GET", False), (301, "PUT", "PUT", True), (302, "DELETE", "DELETE", True),
        (307, "POST", "POST", True), (308, "PATCH", "PATCH", True), (303, "HEAD", "HEAD", True),
        (301, "GET", "GET", True),
    ],
)  # fmt: skip
def test_the_method_and_the_body_are_those_of_the_rules(
    status: int, method: str, sent: str, is_body_kept: bool
) -> None:
    found = following(status, "/y", method=method)

    assert (found.method, found.url, found.query) == (sent, "https://a.example.com/y", {})
    assert (found.body, "Content-Type" in found.headers) == ((b"b", True) if is_body_kept else (None, False))


@pytest.mark.parametrize(
    ("location", "is_same"),
    [
        ("/y", True), ("https://a.example.com:443/y", True), ("//A.example.com/y", True),
        ("https://b.example.com/y", False), ("https://a.example.com:8443/y", False),
        ("//a.example.com.evil.net", False),
        ("https://xa.example.com/y", False),
    ],
)  # fmt: skip
def test_to_another_origin_go_no_credentials(location: str, is_same: bool) -> None:
    found = following(307, location)

    harmless = {"Content-Type", "Accept", "Idempotency-Key"}
    assert set(found.headers) == (set(HEADERS) if is_same else harmless)


@pytest.mark.parametrize("status", [200, 300, 304, 305, 306, 404])
def test_other_answers_are_no_redirects(status: int) -> None:
    assert following(status, "/y") is None


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd", "gopher://x/", "ftp://x/y", "javascript:alert(1)", "data:text/plain,x", "dict://x:11/", "http://[host]/",
        "http://a.example.com/y", "HTTP://a.example.com/y",
    ],
)  # fmt: skip
def test_a_redirect_out_of_https_is_refused(location: str) -> None:
    with pytest.raises(ActionFailedError) as raised:
        following(302, location)

    assert (raised.value.code, raised.value.is_retryable) == ("redirect_refused", False)


def test_a_redirect_is_followed_when_the_request_says_so(httpserver: HTTPServer) -> None:
    url = redirecting(httpserver, "/old", "/new?a=1#part")
    httpserver.expect_request("/new", query_string="a=1").respond_with_data("there")

    response = follow(url, headers=HEADERS, query={"q": "1"})

    assert (response.text(), response.redirects) == ("there", (f"{url}?q=1",))
    assert httpserver.log[1][0].headers["Authorization"] == "Bearer t"
    assert httpserver.log[1][0].query_string == b"a=1"


def test_a_circle_ends_with_its_own_code(httpserver: HTTPServer) -> None:
    url = redirecting(httpserver, "/a", "/b")
    redirecting(httpserver, "/b", "/a")

    assert failure(url).code == "redirect_loop"
    assert len(httpserver.log) == 2


@pytest.mark.parametrize(("most", "code"), [(1, "too_many_redirects"), (2, None), (5, None)])
def test_so_many_redirects_are_followed_and_no_more(httpserver: HTTPServer, most: int, code: str | None) -> None:
    url = redirecting(httpserver, "/0", "/1")
    redirecting(httpserver, "/1", "/2")
    httpserver.expect_request("/2").respond_with_data("end")

    assert (failure(url, most=most).code if code else follow(url, most=most).text()) == (code or "end")


def test_endless_redirects_end(httpserver: HTTPServer) -> None:
    def further(request: Request) -> Response:
        number = int(request.args.get("n", 0)) + 1
        return Response("", 302, {"Location": f"/?n={number}"})

    httpserver.expect_request("/").respond_with_handler(further)

    assert failure(httpserver.url_for("/")).code == "too_many_redirects"
    assert len(httpserver.log) == 6


@pytest.mark.parametrize("count", [-1, 6])
def test_more_than_five_cannot_be_asked_for(count: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 5"):
        OutboundRequest("GET", "https://example.com", max_redirects=count)


def test_the_body_of_a_redirect_is_not_read_to_its_end(
    peer: Callable[[Conversation], Peer], httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/").respond_with_data("there")
    head = f"HTTP/1.1 302 Found\r\nLocation: {httpserver.url_for('/')}\r\n\r\n".encode()

    assert follow(f"http://127.0.0.1:{peer(servers.answer(head, b'x' * 3_000_000)).port}/").text() == "there"


def test_no_redirect_into_the_corpus_leads_to_a_connection(
    peer: Callable[[Conversation], Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that may be reached redirects to each of the forbidden URLs, byte for byte."""
    listed = cases.load("hostile/ssrf.json")["must_be_refused"]
    urls = [*(item["url"] for key in ("patt", "prefect") for item in listed[key]), *listed["cloud_metadata"]]
    urls = [url for url in urls if url not in {"", "[]"}]  # which lead to the same host again
    queue = [url.encode() for url in urls]
    resolving.resolve_as(monkeypatch, lambda _name: ["169.254.169.254", "::1"])

    def redirect(connection: Any) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: " + queue.pop(0) + b"\r\nContent-Length: 0\r\n\r\n")

    server = peer(redirect)
    asked = resolving.refuse_connections(monkeypatch, besides=("127.0.0.1",))
    allow = AllowList.parse([f"127.0.0.1:{server.port}"])
    codes = []
    for _ in urls:
        request = OutboundRequest("GET", f"http://127.0.0.1:{server.port}/", max_redirects=5)
        with pytest.raises(ActionFailedError) as raised:
            send(request, deadline_seconds=5, allow=allow)
        codes.append(raised.value.code)

    assert (asked, len(codes), server.connections) == ([], 84, 84)
    assert set(codes) == {"address_refused", "invalid_url", "redirect_refused", "redirect_loop"}


def test_a_name_that_changes_between_two_hops_is_checked_again(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.7"]])
    looked_up = resolving.resolve_as(monkeypatch, lambda _name: next(answers))
    asked = resolving.refuse_connections(monkeypatch, besides=("127.0.0.1",))
    redirecting(httpserver, "/a", "/b")

    error = failure(f"http://rebind.example.com:{httpserver.port}/a")

    assert (error.code, asked) == ("address_refused", [])
    assert looked_up == ["rebind.example.com"] * 2


def test_a_trail_knows_what_was_sent() -> None:
    trail = Trail()
    trail.add("POST", "https://a/")
    trail.add("GET", "https://a/")  # another request, after 303

    with pytest.raises(ActionFailedError, match="lead back to https://a/"):
        trail.add("GET", "https://a/")
