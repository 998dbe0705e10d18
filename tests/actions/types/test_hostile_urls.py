"""Every hostile URL that we have, through the actions: refused, and no packet leaves. Run with -s for the figures."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django import Settings

from actions import checking
from actions.base import ActionCall, ActionFailedError
from actions.registry import action_types
from core.expressions import templates
from core.expressions.scope import Scope
from tests import cases
from tests.actions.outbound import resolving
from tests.documentation import page

TYPES = ("http_request", "send_webhook")
REFUSALS = {"address_refused", "invalid_url", "invalid_parameters"}


def ssrf() -> Iterator[str]:
    """Each entry of the corpus as a URL."""
    found = cases.load("hostile/ssrf.json")
    listed = found["must_be_refused"]
    yield from (item["url"] for key in ("patt", "prefect") for item in listed[key])
    yield from listed["cloud_metadata"]
    yield from (f"http://{_host(address)}/" for address in found["addresses_never_reached"])
    yield from (f"http://{host}/" for host in found["host_tricks"])
    for network in map(ip_network, found["networks_never_reached"]):
        first = network.network_address
        yield from (f"http://{_host(spelled)}/" for spelled in (f"{first}", f"::{first}", f"::ffff:{first}"))


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def refusal(type_: str, url: str, call: ActionCall) -> str:
    action_type = action_types.get(type_)
    params = {"url": url} if type_ == "http_request" else {"url": url, "signing_secret": None}
    try:
        action_type.perform(checking.validated(action_type, params), call)
    except ActionFailedError as error:
        return error.code
    return "sent"


@pytest.fixture(autouse=True)
def nothing_is_allowed(settings: Settings) -> None:
    settings.SEQUITUR_OUTBOUND_ALLOW = []


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every name leads inside; every connection is noted and refused."""
    resolving.resolve_as(monkeypatch, lambda _name: ["169.254.169.254", "::1", "::ffff:10.0.0.1"])
    return resolving.refuse_connections(monkeypatch)


def test_no_forbidden_url_leads_to_a_connection(call: ActionCall, asked: list[Any]) -> None:
    urls = list(ssrf())

    codes = [refusal(type_, url, call) for type_ in TYPES for url in urls]

    refused = sum(code in REFUSALS for code in codes)
    print(f"SSRF: {refused} of {len(codes)} requests refused ({len(urls)} URLs, two actions), {len(asked)} connections")
    assert (refused, asked) == (len(codes), [])
    assert f"{refused} of {len(codes)} requests" in page("docs/outbound.md")
    assert f"{refused} of {len(codes)} requests" in page("docs/security.md")


def test_no_line_break_gets_into_a_request(call: ActionCall, monkeypatch: pytest.MonkeyPatch) -> None:
    """As they are written they are percent-encoded already, and stay so; decoded, they are refused or encoded."""
    lines = cases.lines("hostile/crlf_injection.txt")
    resolving.resolve_as(monkeypatch, lambda _name: ["10.0.0.1"])
    asked = resolving.refuse_connections(monkeypatch)
    breaks = [line.replace("%0d", "\r").replace("%0a", "\n").replace("%0D", "\r") for line in lines]
    raw = [path for path in breaks if "\r" in path or "\n" in path]

    codes = [refusal(type_, f"http://example.com{path}", call) for type_ in TYPES for path in (*lines, *raw)]
    headers = [_header_code(path, call) for path in raw]

    refused = sum(code in REFUSALS for code in codes) + headers.count("invalid_header")
    total = len(codes) + len(headers)
    print(f"CRLF: {refused} of {total} requests refused, {len(asked)} connections")
    assert (refused, asked) == (total, [])
    assert f"{refused} of {total} requests" in page("docs/outbound.md")
    assert f"{refused} of {total} requests" in page("docs/security.md")


def test_no_line_break_of_a_value_gets_into_a_url() -> None:
    for line in cases.lines("hostile/crlf_injection.txt"):
        scope = Scope(names={"event": {"data": {"v": line.replace("%0d", "\r").replace("%0a", "\n")}}}, fallback={})
        url = templates.render_url("https://x.com/{{ event.data.v }}", scope, trusted=frozenset())

        assert isinstance(url, str)
        assert not {"\r", "\n"} & set(url)
        assert url.count("/") == 3


def _header_code(value: str, call: ActionCall) -> str:
    action_type = action_types.get("http_request")
    params = checking.validated(action_type, {"url": "http://example.com/", "headers": {"X-Path": value}})
    with pytest.raises(ActionFailedError) as raised:
        action_type.perform(params, call)
    return raised.value.code
