"""The addresses behind a name that may be connected to: looked up once, and each checked.

Every way out asks here: HTTP, mail servers, databases.
"""

import socket
import threading
from ipaddress import ip_address
from typing import Any

from actions.outbound import refusals
from actions.outbound.addresses import WEB_PORTS, AllowList
from core.outbound_rules import OutboundRules

MAX_ADDRESSES = 4  # that are tried one after the other

SocketAddress = tuple[Any, ...]
Place = tuple[socket.AddressFamily, SocketAddress]


def permitted(
    host: str,
    port: int,
    *,
    timeout_seconds: float,
    allow: AllowList,
    rules: OutboundRules | None,
    ports: frozenset[int] = WEB_PORTS,
) -> list[Place]:
    """The addresses that the server lets through, and the workspace too, at most `MAX_ADDRESSES`.

    `ports` are those of public addresses that need no leave of an operator.
    Raises `ActionFailedError`: address_refused, host_not_allowed, timeout.
    """
    reachable: list[Place] = [
        (family, address)
        for family, address in look_up(host, port, timeout_seconds=timeout_seconds)
        if family in {socket.AF_INET, socket.AF_INET6}
        and allow.permits(host=host, address=ip_address(address[0]), port=port, ports=ports)
    ]
    if not reachable:
        raise refusals.address_refused(host)
    found = [
        (family, address)
        for family, address in reachable
        if rules is None or rules.permits(host=host, address=ip_address(address[0]), port=port)
    ]
    if not found:
        raise refusals.not_allowed(host)
    return found[:MAX_ADDRESSES]


def look_up(host: str, port: int, *, timeout_seconds: float) -> list[Place]:
    """The socket addresses of a host, in the order of preference; empty when it has none.

    A lookup cannot be told to stop, so it runs in a thread of its own that is left behind when it takes too long.
    Raises `ActionFailedError`: timeout, or address_refused (retryable) when the name servers could not be asked.
    """
    answers: list[Place] = []
    errors: list[Exception] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.extend((family, address) for family, _, _, _, address in found)
        except (OSError, UnicodeError) as error:
            errors.append(error)

    thread = threading.Thread(target=ask, name="outbound-lookup", daemon=True)
    thread.start()
    thread.join(timeout_seconds)
    if thread.is_alive():
        raise refusals.timed_out(host)
    if any(isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN for error in errors):
        raise refusals.address_refused(host, is_retryable=True)
    return answers
