import socket
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from actions.base import ActionCall, ActionFailedError
from actions.channels import apprise_services
from actions.channels.base import Notice
from actions.channels.registry import channels
from tests.actions import opening

NOTICE = Notice("", "Paid", "Order 7 is paid", link="https://example.com/7")


def having(call: ActionCall, *urls: str) -> ActionCall:
    return opening.having(call, "apprise", settings={}, secrets={"urls": list(urls)})


@pytest.mark.usefixtures("loopback_is_allowed")
def test_each_service_is_told(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_json({"id": "1"})
    url = f"ntfy://canary-us3r:canary-p4ss@127.0.0.1:{httpserver.port}/topic"

    receipt = channels.get("apprise").deliver(NOTICE, having(call, url))

    assert receipt.response == {"services": [{"service": "ntfy", "told": True}]}
    sent = httpserver.log[0][0].json
    assert (sent["topic"], sent["title"]) == ("topic", "Paid")
    assert sent["message"] == "Order 7 is paid\n\nhttps://example.com/7"
    assert "canary" not in str(receipt)


@pytest.mark.usefixtures("loopback_is_allowed")
def test_a_service_that_does_not_take_it_is_told_by_its_number(httpserver: HTTPServer, call: ActionCall) -> None:
    httpserver.expect_request("/").respond_with_data("no", status=403)
    url = f"ntfy://canary-us3r:canary-p4ss@127.0.0.1:{httpserver.port}/topic"

    with pytest.raises(ActionFailedError) as raised:
        channels.get("apprise").deliver(NOTICE, having(call, url))

    assert (raised.value.code, raised.value.is_retryable) == ("apprise_failed", False)
    assert raised.value.message == "1 of 1 services did not take the message: number 1 (ntfy)"
    assert "canary" not in str(raised.value.__dict__)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0.0.0.0"])
def test_a_private_address_is_never_reached(
    httpserver: HTTPServer, call: ActionCall, settings: Settings, host: str
) -> None:
    settings.SEQUITUR_OUTBOUND_ALLOW = []
    httpserver.expect_request("/").respond_with_json({})

    with pytest.raises(ActionFailedError, match="did not take"):
        channels.get("apprise").deliver(NOTICE, having(call, f"ntfy://{host}:{httpserver.port}/topic"))

    assert httpserver.log == []


def test_other_connections_of_the_process_are_left_alone(
    httpserver: HTTPServer, call: ActionCall, settings: Settings
) -> None:
    settings.SEQUITUR_OUTBOUND_ALLOW = []
    with pytest.raises(ActionFailedError):
        channels.get("apprise").deliver(NOTICE, having(call, f"ntfy://127.0.0.1:{httpserver.port}/topic"))

    with socket.create_connection(("127.0.0.1", httpserver.port), timeout=5) as sock:
        assert sock.getpeername()[1] == httpserver.port


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "exec://ls", "syslog://", "dbus://", "json://10.0.0.1/x", "xml://10.0.0.1/x", "windows://",
        "https://discord.com/api/webhooks/1/2", "ntfy", "gnome://", "form://x", "ntfy://a b", "SYSLOG://",
        "ntfy://x/y?template=/etc/passwd", "mailtos://a:b@x.yz?pgpkey=/etc/passwd", "ntfy://x/y?verify=no",
        "ntfy://x/y?attach=file:///etc/passwd", "ntfys://x/y?Mode=cloud",
    ],
)  # fmt: skip
def test_what_is_not_allowed_cannot_be_stored(url: str) -> None:
    with pytest.raises(ValidationError, match="not allowed here") as raised:
        opening.opened("apprise", settings={}, secrets={"urls": [url]})

    assert "passwd" not in raised.value.errors()[0]["msg"]


def test_a_scheme_that_is_no_longer_allowed_is_not_used(call: ActionCall, settings: Settings) -> None:
    kept = having(call, "ntfy://127.0.0.1/topic")
    settings.SEQUITUR_APPRISE_SCHEMES = ["slack"]

    with pytest.raises(ActionFailedError) as raised:
        channels.get("apprise").deliver(NOTICE, kept)

    assert raised.value.code == "apprise_refused"


def test_when_the_time_is_over_nobody_else_is_told(call: ActionCall) -> None:
    late = replace(having(call, "ntfy://127.0.0.1/topic"), timeout_seconds=0)

    with pytest.raises(ActionFailedError, match="no time left"):
        channels.get("apprise").deliver(NOTICE, late)


def test_every_scheme_of_the_default_is_one_of_the_library() -> None:
    apprise_services.load()
    from apprise.manager_plugins import NotificationManager

    from config.environment import APPRISE_SCHEMES

    manager: Any = NotificationManager
    known = set(manager().schemas())

    assert set(APPRISE_SCHEMES.split()) <= known
