"""No packet leaves the machine here: names are answered by a table, and connecting is recorded instead of done."""

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from actions.base import ActionFailedError
from actions.outbound import AllowList, OutboundRequest, addresses, send
from tests import cases

NOTHING = AllowList()
Answers = dict[str, list[str]]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses that a connection was asked for; none of them answers."""
    asked: list[Any] = []

    def connect(_self: socket.socket, address: Any) -> None:
        asked.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return asked


@pytest.fixture
def resolve_as(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answers], list[str]]:
    """Answers lookups from a table, one list of addresses per name; literals are read as the C library reads them."""
    real = socket.getaddrinfo

    def use(answers: Answers) -> list[str]:
        looked_up: list[str] = []

        def look_up(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
            try:
                kwargs["flags"] = socket.AI_NUMERICHOST
                return real(host, port, *args, **kwargs)
            except socket.gaierror:
                looked_up.append(host)
            if host not in answers:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return [found for address in answers[host] for found in real(address, port, *args, **kwargs)]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        return looked_up

    return use


def refusal(url: str) -> ActionFailedError:
    with pytest.raises(ActionFailedError) as raised:
        send(OutboundRequest("GET", url), deadline_seconds=2, allow=NOTHING)
    return raised.value


def corpus_urls() -> list[tuple[str, str]]:
    """Every URL of the corpus, with the private address that its name is said to have, else some private one."""
    found = cases.load("hostile/ssrf.json")["must_be_refused"]
    listed = [(item["url"], item.get("resolves_to")) for key in ("patt", "prefect") for item in found[key]]
    return [(url, address or "") for url, address in (*listed, *((url, "") for url in found["cloud_metadata"]))]


def test_no_url_of_the_corpus_leads_to_a_connection(
    connected: list[Any], resolve_as: Callable[[Answers], list[str]]
) -> None:
    urls = corpus_urls()

    class Inside(dict[str, list[str]]):
        """Every name has a private address."""

        def __contains__(self, name: object) -> bool:
            return True

        def __missing__(self, name: str) -> list[str]:
            return ["169.254.169.254", "::1"]

    resolve_as(Inside())
    codes = {url: refusal(url).code for url, _ in urls}

    assert connected == []
    assert set(codes.values()) == {"address_refused", "invalid_url"}
    assert len(urls) == 86


def test_a_private_and_an_unknown_name_give_the_same_answer(
    connected: list[Any], resolve_as: Callable[[Answers], list[str]]
) -> None:
    resolve_as({"inside.example.com": ["10.0.0.5"]})

    private, unknown = refusal("http://inside.example.com/"), refusal("http://unknown.example.com/")

    assert private.message.replace("inside", "unknown") == unknown.message
    assert (private.code, private.is_retryable) == (unknown.code, unknown.is_retryable) == ("address_refused", False)
    assert private.message == (
        "the address of inside.example.com is not allowed or does not resolve; "
        "an operator can allow private addresses in SEQUITUR_OUTBOUND_ALLOW"
    )
    assert connected == []


def test_a_name_is_looked_up_once_and_that_address_is_connected_to(
    connected: list[Any], resolve_as: Callable[[Answers], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rebinding name: public for the check, private for the connection."""
    answers = {"rebind.example.com": ["93.184.216.34"]}
    looked_up = resolve_as(answers)
    ask = socket.getaddrinfo

    def rebinding(host: str, *args: Any, **kwargs: Any) -> Any:
        found = ask(host, *args, **kwargs)
        answers["rebind.example.com"] = ["127.0.0.1"]
        return found

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    first = refusal("http://rebind.example.com/")
    second = refusal("http://rebind.example.com/")

    assert (first.code, second.code) == ("connection_failed", "address_refused")
    assert connected == [("93.184.216.34", 80)]
    assert looked_up == ["rebind.example.com"] * 2  # one for each request


def test_of_several_addresses_only_the_permitted_ones_are_tried(
    connected: list[Any], resolve_as: Callable[[Answers], list[str]]
) -> None:
    resolve_as({"mixed.example.com": ["10.0.0.1", "93.184.216.34", "::1", "2606:2800:220:1:248:1893:25c8:1946"]})

    assert refusal("https://mixed.example.com/").code == "connection_failed"

    assert [address[0] for address in connected] == ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"]


def test_name_servers_that_do_not_answer_are_tried_again_later(
    connected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_args: Any, **_kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", unavailable)
    error = refusal("http://x.example.com/")

    assert (error.code, error.is_retryable) == ("address_refused", True)


def test_a_lookup_without_end_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:

    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: over.wait(10) and [])

    with pytest.raises(ActionFailedError) as raised:
        send(OutboundRequest("GET", "http://x.example.com/"), deadline_seconds=0.2, allow=NOTHING)
    over.set()

    assert raised.value.code == "timeout"


SPELLINGS = [
    "127.0.0.1", "localhost", "LOCALHOST.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "0",
    "0.0.0.0", "127.127.127.127", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "[0:0:0:0:0:ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_loopback_reaches_a_server_there(
    host: str, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/").respond_with_data("reached")
    monkeypatch.setattr(addresses, "WEB_PORTS", frozenset({httpserver.port}))

    error = refusal(f"http://{host}:{httpserver.port}/")

    assert error.code == "address_refused"
    assert httpserver.log == []


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "//x", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "javascript:alert(1)",
        "http://", "http:///x", "http://user@example.com/", "http://a:b@example.com/", "http://example.com:99999/",
        "http://exa mple.com/", "http://example.com\\@127.0.0.1/", "http://example.com/\r\nX: y", "http://a\x00b.com/",
        "http://[::1", "http://[fe80::1%25eth0]/", "http://\uff45xample.com/", "http://\u2460\u2461\u2466.0.0.1/",
        "http://example.com/" + "x" * 2040,
        "http://" + "a" * 64 + ".com/", "http://.example.com/",
    ],
)  # fmt: skip
def test_what_is_not_plainly_a_web_address_is_refused(url: str, connected: list[Any]) -> None:
    error = refusal(url)

    assert error.code in {"invalid_url", "address_refused"}
    assert not error.is_retryable
    assert connected == []


def test_host_names_with_a_nul_are_refused(connected: list[Any]) -> None:
    codes = [refusal(f"http://{host}/").code for host in cases.load("hostile/ssrf.json")["host_tricks"]]

    assert codes == ["invalid_url", "invalid_url"]
    assert connected == []
