"""What tests of actions ask for: a call to perform, and servers on loopback that actions may reach."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol
from uuid import UUID

import pytest
from django.core.mail.utils import DNS_NAME
from pytest_django import Settings

from actions.base import ActionCall
from tests.actions import ai_server, asking, mail_server
from tests.actions.ai_server import AiServer
from tests.actions.mail_server import Inbox
from tests.actions.servers import Peer, serve

WORKSPACE_ID = UUID("01900000-0000-7000-8000-000000000001")
RUN_ID = UUID("01900000-0000-7000-8000-000000000002")


class CallWith(Protocol):
    """Makes a call; the context holds the names that templates see."""

    def __call__(self, **context: Any) -> ActionCall: ...


@pytest.fixture
def call_with() -> CallWith:
    def make(**context: Any) -> ActionCall:
        return ActionCall(
            workspace_id=WORKSPACE_ID,
            run_id=RUN_ID,
            action_key="greet",
            attempt=1,
            idempotency_key="run:greet:0",
            timeout_seconds=5,
            context=context,
        )

    return make


@pytest.fixture
def call(call_with: CallWith) -> ActionCall:
    return call_with()


@pytest.fixture
def loopback_is_allowed(settings: Settings) -> None:
    settings.SEQUITUR_OUTBOUND_ALLOW = ["127.0.0.1/32"]


@pytest.fixture
def peer() -> Iterator[Callable[[Callable[[Any], None]], Peer]]:
    """Starts servers that speak to the bare socket, and ends them with the test."""
    peers: list[Peer] = []

    def start(conversation: Callable[[Any], None]) -> Peer:
        peers.append(serve(conversation))
        return peers[-1]

    yield start
    for one in peers:
        one.close()


@pytest.fixture
def inbox(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    """A real mail server, to which Django's SMTP backend is pointed."""
    monkeypatch.setattr(DNS_NAME, "_fqdn", "localhost", raising=False)  # the name of this machine is nobody's business
    found, controller = mail_server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", found.port
    settings.DEFAULT_FROM_EMAIL = "Sequitur <robot@example.com>"
    yield found
    controller.stop()


@pytest.fixture
def ai(loopback_is_allowed: None) -> Iterator[AiServer]:
    """A server that speaks chat completions, which actions may reach."""
    script, server = ai_server.start()
    yield script
    ai_server.stop(script, server)


@pytest.fixture
def asking_call(call: ActionCall, ai: AiServer) -> ActionCall:
    """A call with a connection to that server."""
    return asking.connected(call, ai)
