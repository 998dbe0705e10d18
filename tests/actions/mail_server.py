"""A real SMTP server on loopback that keeps what it takes, and refuses what it is told to refuse."""

import socket
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Taken:
    """One message as the server got it."""

    sender: str
    recipients: list[str]
    message: Message


@dataclass
class Inbox:
    """The handler of the server. `answers` says for a recipient, `MAIL` or `DATA` what it says instead of 250."""

    answers: dict[str, str] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    port: int = 0
    hangs_up_on_data: bool = False

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        answer = self.answers.get("MAIL")
        if answer is None:
            envelope.mail_from = address
        return answer or "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        answer = self.answers.get(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.hangs_up_on_data:
            server.transport.abort()
            return "421 gone"
        if answer := self.answers.get("DATA"):
            return answer
        message = BytesParser().parsebytes(envelope.content)
        self.taken.append(Taken(envelope.mail_from, list(envelope.rcpt_tos), message))
        return "250 OK"


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def start() -> tuple[Inbox, Controller]:
    """A running server and what it keeps."""
    inbox = Inbox(port=free_port())
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port)
    controller.start()
    return inbox, controller
