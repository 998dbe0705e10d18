"""A real proxy on loopback, which tells what it was asked for and then connects to the test's own server."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from actions import checks
from actions.base import ActionFailedError
from actions.outbound import AllowList, OutboundRequest, OutboundResponse, connections, proxies, send
from actions.outbound.proxies import InvalidProxyError
from tests.actions import servers
from tests.actions.outbound import resolving
from tests.actions.servers import Conversation, Peer

PUBLIC = "93.184.216.34"
StartPeer = Callable[[Conversation], Peer]


def pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)


def tunnelling(heads: list[str], *, to_port: int, answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> Conversation:
    """Notes each head, and connects the tunnel to a port of 127.0.0.1 whatever address was asked for."""

    def speak(client: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        heads.append(head.decode())
        client.sendall(answer)
        if b" 200 " not in answer:
            return
        with socket.create_connection(("127.0.0.1", to_port)) as server:
            up = threading.Thread(target=pump, args=(client, server), daemon=True)
            up.start()
            pump(server, client)
            up.join(5)

    return speak


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    resolving.resolve_as(
        monkeypatch,
        {"api.example.com": [PUBLIC], "inside.example.com": ["10.0.0.5"], "two.example.com": [PUBLIC, PUBLIC]},
    )
    return resolving.refuse_connections(monkeypatch, besides=("127.0.0.1",))


def get(url: str) -> OutboundResponse:
    return send(OutboundRequest("GET", url), deadline_seconds=5, allow=AllowList())


def failure(url: str) -> ActionFailedError:
    with pytest.raises(ActionFailedError) as raised:
        get(url)
    return raised.value


def through(settings: Settings, port: int, *, login: str = "") -> None:
    settings.SEQUITUR_OUTBOUND_PROXY = f"http://{login}127.0.0.1:{port}"


def test_the_proxy_is_asked_for_the_checked_address_and_the_host_is_kept(
    settings: Settings, peer: StartPeer, httpserver: HTTPServer, asked: list[object]
) -> None:
    heads: list[str] = []
    through(settings, peer(tunnelling(heads, to_port=httpserver.port)).port, login="me:p%40ss@")
    httpserver.expect_request("/x").respond_with_data("through")

    response = get("http://api.example.com/x")

    assert response.text() == "through"
    assert heads == [
        f"CONNECT {PUBLIC}:80 HTTP/1.1\r\nHost: {PUBLIC}:80\r\nProxy-Authorization: Basic bWU6cEBzcw==\r\n\r\n"
    ]
    assert httpserver.log[0][0].headers["Host"] == "api.example.com"
    assert "Proxy-Authorization" not in httpserver.log[0][0].headers
    assert asked == []


@pytest.fixture
def secured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    file = servers.certificate(tmp_path, host="api.example.com")
    context = ssl.create_default_context(cafile=str(file))
    monkeypatch.setattr(connections, "trusted", lambda: context)
    one = servers.serve(
        servers.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecure"), tls=servers.server_context(file)
    )
    yield one
    one.close()


def test_tls_is_spoken_with_the_host_through_the_tunnel(
    settings: Settings, peer: StartPeer, secured: Peer, asked: list[object]
) -> None:
    heads: list[str] = []
    through(settings, peer(tunnelling(heads, to_port=secured.port)).port)

    assert get("https://api.example.com/").text() == "secure"
    assert heads[0].startswith(f"CONNECT {PUBLIC}:443 ")
    assert failure("https://two.example.com/").code == "tls_error"  # the certificate is another host's


def test_what_is_refused_without_a_proxy_is_refused_with_one(
    settings: Settings, peer: StartPeer, asked: list[object]
) -> None:
    server = peer(tunnelling([], to_port=9))
    through(settings, server.port)

    codes = {
        failure(url).code for url in ("http://inside.example.com/", "http://127.0.0.1/", "http://169.254.169.254/")
    }

    assert codes == {"address_refused"}
    assert server.connections == 0


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 407 Login\r\n\r\n", "proxy_failed"),
        (b"HTTP/1.1 403 No\r\n\r\n", "proxy_failed"),
        (b"nonsense\r\n\r\n", "proxy_failed"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "connection_failed"),
        (b"HTTP/1.1 504 Timeout\r\n\r\n", "connection_failed"),
        (b"", "proxy_failed"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000, "proxy_failed"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_proxy_that_opens_no_tunnel_is_told_apart_from_a_host_that_fails(
    settings: Settings, peer: StartPeer, asked: list[object], answer: bytes, code: str
) -> None:
    def speak(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    through(settings, peer(speak).port)

    error = failure("http://api.example.com/")

    assert (error.code, error.is_retryable) == (code, True)


def test_a_proxy_that_is_not_there_is_named(settings: Settings, asked: list[object]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    through(settings, port)

    assert failure("http://api.example.com/").code == "proxy_failed"


@pytest.mark.parametrize("url", ["x", "https://p:1", "http://", "http://p:99999", "http://p/path", "socks5://p:1080"])
def test_what_is_no_proxy_is_found_by_the_check(settings: Settings, url: str) -> None:
    settings.SEQUITUR_OUTBOUND_PROXY = url

    [error] = checks.outbound_proxy()

    assert error.id == "actions.E002"
    with pytest.raises(InvalidProxyError, match="SEQUITUR_OUTBOUND_PROXY"):
        proxies.parse(url)


def test_a_good_proxy_is_no_problem(settings: Settings) -> None:
    settings.SEQUITUR_OUTBOUND_PROXY = "http://proxy.internal:3128"

    assert checks.outbound_proxy() == []
    assert "secret" not in repr(proxies.parse("http://me:secret@proxy.internal"))
