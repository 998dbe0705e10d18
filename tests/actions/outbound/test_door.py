import gzip
import socket
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest
from pytest_httpserver import HTTPServer

from actions.base import ActionFailedError
from actions.outbound import AllowList, OutboundRequest, OutboundResponse, connections, send
from actions.outbound.messages import MAX_RESPONSE_BYTES
from core.redaction import Redactor
from tests.actions import servers
from tests.actions.servers import Conversation, Peer

LOOPBACK = AllowList.parse(["127.0.0.1/32"])
StartPeer = Callable[[Conversation], Peer]
OK = b"HTTP/1.1 200 OK\r\n"
OPEN_FILES = Path("/proc/self/fd")


def get(
    url: str,
    *,
    deadline_seconds: float = 5,
    allow: AllowList = LOOPBACK,
    headers: dict[str, str] | None = None,
    is_body_wanted: bool = True,
) -> OutboundResponse:
    request = OutboundRequest("GET", url, headers=headers or {}, is_body_wanted=is_body_wanted)
    return send(request, deadline_seconds=deadline_seconds, allow=allow)


def failure(url: str, *, deadline_seconds: float = 5, headers: dict[str, str] | None = None) -> ActionFailedError:
    with pytest.raises(ActionFailedError) as raised:
        get(url, deadline_seconds=deadline_seconds, headers=headers)
    return raised.value


def test_a_request_arrives_as_it_was_given(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a").respond_with_json(
        {"ok": True}, status=201, headers={"X-One": "1", "Set-Cookie": "s=1"}
    )
    request = OutboundRequest(
        "POST",
        httpserver.url_for("/a?x=1"),
        headers={"X-Name": "Zoë", "Content-Type": "text/plain"},
        query={"q": "a b&c", "n": [1, 2], "yes": True},
        body=b"hello",
    )

    response = send(request, deadline_seconds=5, allow=LOOPBACK)

    sent = httpserver.log[0][0]
    assert (sent.method, sent.query_string, sent.data) == ("POST", b"x=1&q=a+b%26c&n=1&n=2&yes=true", b"hello")
    assert sent.headers["X-Name"].encode("latin-1").decode() == "Zoë"
    assert sent.headers["Host"] == f"127.0.0.1:{httpserver.port}"
    assert sent.headers["Accept-Encoding"] == "identity"
    assert sent.headers["User-Agent"] == "Sequitur"
    assert (response.status, response.headers["x-one"], response.value()) == (201, "1", {"ok": True})
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(httpserver: HTTPServer, status: int) -> None:
    target = httpserver.url_for("/target")
    httpserver.expect_request("/start").respond_with_data("", status=status, headers={"Location": target})

    response = get(httpserver.url_for("/start"))

    assert (response.status, response.headers["location"]) == (status, target)
    assert [request.path for request, _ in httpserver.log] == ["/start"]


def test_cookies_are_not_kept_from_one_request_to_the_next(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data("", headers={"Set-Cookie": "tenant=one; Path=/"})

    get(httpserver.url_for("/"))
    get(httpserver.url_for("/"))

    assert ["Cookie" in request.headers for request, _ in httpserver.log] == [False, False]


def test_the_environment_gives_no_proxy_and_no_password(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    httpserver.expect_request("/").respond_with_data("ok")

    response = get(httpserver.url_for("/"))

    assert response.text() == "ok"
    assert "Authorization" not in httpserver.log[0][0].headers


def test_every_request_has_a_connection_of_its_own(peer: StartPeer) -> None:
    """A server that closes without a word after each answer fails no later request."""
    server = peer(servers.answer(OK + b"Content-Length: 2\r\n\r\nok"))

    texts = [get(f"http://127.0.0.1:{server.port}/").text() for _ in range(50)]

    assert texts == ["ok"] * 50
    assert server.connections == 50


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="this system does not list open files")
def test_nothing_is_left_open(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data("ok")
    get(httpserver.url_for("/"))
    before = len(list(OPEN_FILES.iterdir()))

    for _ in range(20):
        get(httpserver.url_for("/"))

    assert len(list(OPEN_FILES.iterdir())) <= before + 5


def test_a_host_name_that_is_allowed_is_tried_at_each_address(httpserver: HTTPServer) -> None:
    """`localhost` is often ::1 first, where nobody listens here."""
    httpserver.expect_request("/").respond_with_data("ok")

    response = get(f"http://localhost:{httpserver.port}/", allow=AllowList.parse([f"localhost:{httpserver.port}"]))

    assert response.text() == "ok"
    assert httpserver.log[0][0].headers["Host"] == f"localhost:{httpserver.port}"


@pytest.mark.parametrize(
    "conversation",
    [
        servers.drip(b""),
        servers.drip(OK + b"X-Drip: "),
        servers.drip(OK + b"\r\n"),
        servers.drip(OK + b"Content-Length: 100000\r\n\r\n"),
        servers.drip(OK + b"Transfer-Encoding: chunked\r\n\r\n1000\r\n"),
        servers.answer(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 100, pause_seconds=0.05),
        servers.answer(b"", pause_seconds=5),
    ],
    ids=["status", "header", "body", "length", "chunk", "continue", "silence"],
)
def test_whatever_a_server_drips_it_ends_at_the_deadline(peer: StartPeer, conversation: Conversation) -> None:
    server = peer(conversation)
    started_at = monotonic()

    error = failure(f"http://127.0.0.1:{server.port}/", deadline_seconds=0.5)

    assert (error.code, error.is_retryable) == ("timeout", True)
    assert monotonic() - started_at < 1.5


def test_a_server_that_does_not_read_is_left_at_the_deadline(peer: StartPeer) -> None:
    server = peer(servers.deaf(seconds=5))
    request = OutboundRequest("POST", f"http://127.0.0.1:{server.port}/", body=b"x" * 30_000_000)
    started_at = monotonic()

    with pytest.raises(ActionFailedError) as raised:
        send(request, deadline_seconds=0.5, allow=LOOPBACK)

    assert raised.value.code == "timeout"
    assert monotonic() - started_at < 1.5


def test_a_tls_handshake_without_end_is_left_at_the_deadline(peer: StartPeer) -> None:
    server = peer(servers.drip(b"\x16\x03\x03\x40\x00"))
    started_at = monotonic()

    error = failure(f"https://127.0.0.1:{server.port}/", deadline_seconds=0.5)

    assert error.code == "timeout"
    assert monotonic() - started_at < 1.5


@pytest.mark.parametrize(
    "conversation",
    [
        servers.answer(),
        servers.answer(OK + b"Content-Length: 100\r\n\r\nshort"),
        servers.answer(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        servers.answer(b"SSH-2.0-OpenSSH_9.2\r\n"),
    ],
    ids=["closed", "short body", "bad chunk", "other protocol"],
)
def test_an_answer_that_breaks_off_is_a_failed_connection(peer: StartPeer, conversation: Conversation) -> None:
    error = failure(f"http://127.0.0.1:{peer(conversation).port}/")

    assert (error.code, error.is_retryable) == ("connection_failed", True)


def test_a_refused_connection_is_a_failed_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    error = failure(f"http://127.0.0.1:{port}/")

    assert (error.code, error.message) == ("connection_failed", "no answer from 127.0.0.1: connection refused")


def test_a_body_of_the_greatest_length_is_read_and_one_byte_more_is_too_large(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/fits").respond_with_data(b"x" * MAX_RESPONSE_BYTES)
    httpserver.expect_request("/more").respond_with_data(b"x" * (MAX_RESPONSE_BYTES + 1))

    assert len(get(httpserver.url_for("/fits")).body) == MAX_RESPONSE_BYTES
    error = failure(httpserver.url_for("/more"))
    assert (error.code, error.is_retryable) == ("response_too_large", False)


def test_a_body_that_nobody_wants_is_cut_instead(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data(b"x" * (MAX_RESPONSE_BYTES + 1))

    response = get(httpserver.url_for("/"), is_body_wanted=False)

    assert (response.status, response.is_truncated, len(response.body)) == (200, True, 96 * 1024)


def test_a_gzip_bomb_is_not_inflated(httpserver: HTTPServer) -> None:
    bomb = gzip.compress(b"0" * 200_000_000, compresslevel=1)
    httpserver.expect_request("/").respond_with_data(bomb, headers={"Content-Encoding": "gzip"})

    error = failure(httpserver.url_for("/"))

    assert len(bomb) < MAX_RESPONSE_BYTES
    assert error.code == "response_too_large"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"hello")),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", zlib.compress(b"hello")[2:-4]),
        ("gzip", b"hello"),
        ("br", b"hello"),
    ],
    ids=["gzip", "zlib", "bare deflate", "a lie", "unknown"],
)
def test_what_is_compressed_unasked_is_read_all_the_same(httpserver: HTTPServer, encoding: str, body: bytes) -> None:
    httpserver.expect_request("/").respond_with_data(body, headers={"Content-Encoding": encoding})

    assert get(httpserver.url_for("/")).text() == "hello"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "b\r\nX-Evil: 1"),
        ("X-A", "b\nX-Evil: 1"),
        ("X-A", "b\r"),
        ("X-A\r\nX-Evil", "1"),
        ("X A", "1"),
        ("", "1"),
        ("X-A", "b\x00"),
        ("Host", "internal"),
        ("content-length", "1"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "upgrade"),
    ],
)
def test_a_header_that_would_be_read_as_something_else_is_not_sent(
    httpserver: HTTPServer, name: str, value: str
) -> None:
    error = failure(httpserver.url_for("/"), headers={name: value})

    assert (error.code, error.is_retryable) == ("invalid_header", False)
    assert httpserver.log == []


@pytest.mark.parametrize("line", ["/%0d%0aSet-Cookie:crlf=injection", "/%0aX:y", "/a b", "/é"])
def test_a_path_cannot_begin_another_header(httpserver: HTTPServer, line: str) -> None:
    get(f"http://127.0.0.1:{httpserver.port}{line}")

    sent = httpserver.log[0][0]
    assert sent.method == "GET"
    assert sorted(sent.headers.keys()) == ["Accept-Encoding", "Connection", "Host", "User-Agent"]


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Trusts the certificate in a file, as an operator does."""

    def trust(file: Path) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        connections.trusted.cache_clear()

    yield trust
    connections.trusted.cache_clear()


def test_tls_is_verified_for_the_name_although_the_address_was_chosen(
    tmp_path: Path, trusted: Callable[[Path], None]
) -> None:
    file = servers.certificate(tmp_path, host="localhost")
    trusted(file)
    server = servers.serve(servers.answer(OK + b"Content-Length: 2\r\n\r\nok"), tls=servers.server_context(file))

    response = get(f"https://localhost:{server.port}/", allow=AllowList.parse(["localhost"]))
    error = failure(f"https://127.0.0.1:{server.port}/")
    server.close()

    assert response.text() == "ok"
    assert (error.code, error.is_retryable) == ("tls_error", False)
    assert "certificate is not valid for '127.0.0.1'" in error.message


@pytest.mark.parametrize(
    ("is_expired", "is_trusted", "reason"),
    [(True, True, "certificate has expired"), (False, False, "self-signed certificate")],
)
def test_a_certificate_that_is_not_good_gets_no_request(
    tmp_path: Path, trusted: Callable[[Path], None], *, is_expired: bool, is_trusted: bool, reason: str
) -> None:
    heard: list[bytes] = []
    file = servers.certificate(tmp_path, host="127.0.0.1", is_expired=is_expired)
    if is_trusted:
        trusted(file)
    server = servers.serve(lambda connection: heard.append(connection.recv(100)), tls=servers.server_context(file))

    error = failure(f"https://127.0.0.1:{server.port}/")
    server.close()

    assert error.code == "tls_error"
    assert reason in error.message.replace("self signed", "self-signed")
    assert heard == []


def test_a_server_without_tls_is_no_trusted_connection(peer: StartPeer) -> None:
    error = failure(f"https://127.0.0.1:{peer(servers.answer(OK)).port}/")

    assert (error.code, error.is_retryable) == ("tls_error", False)


@pytest.mark.parametrize(
    ("content_type", "body", "value"),
    [
        ("application/json", b'{"a": 1}', {"a": 1}),
        ("application/problem+json; charset=utf-8", b"[1]", [1]),
        ("application/json", b"{broken", "{broken"),
        ("application/json", b'{"a": "\\u0000"}', '{"a": "\\u0000"}'),
        ("text/plain; charset=latin-1", b"Zo\xeb", "Zoë"),
        ("text/plain; charset=nonsense", b"x\x00\xff", "x\ufffd\ufffd"),
        ("text/plain", b"", None),
    ],
)
def test_the_value_of_an_answer_is_json_where_it_says_so_and_text_elsewhere(
    content_type: str, body: bytes, value: object
) -> None:
    response = OutboundResponse(200, {"content-type": content_type}, body, is_truncated=False, duration_ms=1)

    assert response.value() == value


def test_of_a_long_answer_64_kb_are_kept_for_people() -> None:
    response = OutboundResponse(200, {}, b"x" * 100_000, is_truncated=False, duration_ms=7)

    assert response.as_json(Redactor()) == {
        "status": 200,
        "headers": {},
        "body": "x" * 65_536,
        "is_truncated": True,
        "duration_ms": 7,
    }


def test_a_deadline_of_one_thread_does_not_touch_the_connections_of_others(peer: StartPeer) -> None:
    def polite(connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(OK + b"Content-Length: 2\r\n\r\nok")

    good, bad = peer(polite), peer(servers.drip(OK))

    def ask(number: int) -> str:
        if number % 4 == 0:
            return failure(f"http://127.0.0.1:{bad.port}/", deadline_seconds=0.05).code
        return get(f"http://127.0.0.1:{good.port}/").text()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(160)))

    assert answers == ["ok" if number % 4 else "timeout" for number in range(160)]


def test_an_answer_without_a_body_ends_with_its_headers(peer: StartPeer) -> None:
    server = peer(servers.answer(b"HTTP/1.1 204 No Content\r\nContent-Length: 100\r\n\r\n", pause_seconds=3))

    response = get(f"http://127.0.0.1:{server.port}/", deadline_seconds=2)

    assert (response.status, response.value()) == (204, None)
