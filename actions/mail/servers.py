"""Mail servers that a workspace names: connected to at an address that was checked, and at no other.

The check stands where the socket is made, as for HTTP: the name is looked up once, so no second answer leads elsewhere.
"""

import socket
import ssl
from dataclasses import dataclass, field
from functools import cached_property
from smtplib import SMTP, SMTP_SSL
from typing import Any

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

from actions import mail
from actions.connections.base import Opened
from actions.outbound import AllowList, narrowing, reach
from core.destinations import normal

PORTS = frozenset({25, 465, 587, 2525})  # of public servers; an operator may allow others


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server, and how it is spoken to. `security` is starttls, tls or none."""

    host: str
    port: int
    security: str
    username: str
    from_address: str
    password: str = field(repr=False)


def of(opened: Opened[Any, Any]) -> MailServer:
    """The server of a connection of the kind `smtp`."""
    found = opened.settings
    return MailServer(
        host=found.host.strip("[]"),
        port=found.port,
        security=found.security,
        username=found.username,
        from_address=found.from_address,
        password=opened.secrets.password,
    )


def backend(server: MailServer, *, timeout_seconds: float) -> EmailBackend:
    """Django's backend for the server, whose connections are checked.

    Opening it raises `ActionFailedError` (address_refused, timeout) besides what smtplib raises.
    """
    return _CheckedBackend(
        host=server.host,
        port=server.port,
        username=server.username,
        password=server.password,
        use_tls=server.security == "starttls",
        use_ssl=server.security == "tls",
        timeout=min(timeout_seconds, settings.EMAIL_TIMEOUT),
    )


def try_out(server: MailServer, *, timeout_seconds: float) -> None:
    """Connect, log in where there is a user, and part. Raises `ActionFailedError` as `actions.mail.deliver` does."""
    mail.open_and_close(backend(server, timeout_seconds=timeout_seconds))


def connect(host: str, port: int, *, timeout_seconds: float) -> socket.socket:
    """A connection to the first address of the host that is permitted and answers.

    Raises `ActionFailedError` (address_refused, host_not_allowed, timeout), and OSError when none answers.
    """
    permitted = reach.permitted(
        normal(host),
        port,
        timeout_seconds=timeout_seconds,
        allow=AllowList.from_settings(),
        rules=narrowing.rules_in_scope(),
        ports=PORTS,
    )
    failure: OSError | None = None
    for family, address in permitted:
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.settimeout(timeout_seconds / len(permitted))
        try:
            sock.connect(address)
        except OSError as error:
            sock.close()
            failure = error
        else:
            sock.settimeout(timeout_seconds)
            return sock
    raise failure or OSError("no address answered")


class _CheckedSmtp(SMTP):
    """Connects to checked addresses; TLS is still held against the server's name."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return connect(host, port, timeout_seconds=timeout)


class _CheckedSmtpTls(SMTP_SSL):
    """The same, with TLS from the first byte."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        context: ssl.SSLContext = self.context
        sock = connect(host, port, timeout_seconds=timeout)
        try:
            return context.wrap_socket(sock, server_hostname=host)
        except OSError:
            sock.close()
            raise


class _CheckedBackend(EmailBackend):
    """Django's, with our sockets, and with certificates that are checked."""

    @property
    def connection_class(self) -> type[SMTP]:
        return _CheckedSmtpTls if self.use_ssl else _CheckedSmtp

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        return ssl.create_default_context()
