"""Names and connections of tests that look at where a request would go: nothing leaves the machine."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

Answers = dict[str, list[str]]


def refuse_connections(monkeypatch: pytest.MonkeyPatch, *, besides: tuple[str, ...] = ()) -> list[Any]:
    """The addresses that a connection was asked for; none of them answers, but those `besides` do as they do."""
    asked: list[Any] = []
    real = socket.socket.connect

    def connect(sock: socket.socket, address: Any) -> None:
        if not isinstance(address, tuple) or address[0] in besides:
            real(sock, address)
            return
        asked.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return asked


def resolve_as(monkeypatch: pytest.MonkeyPatch, answers: Answers | Callable[[str], list[str]]) -> list[str]:
    """Answer lookups from a table or a function; literals are read as the C library reads them."""
    real = socket.getaddrinfo
    looked_up: list[str] = []

    def look_up(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        numeric = {**kwargs, "flags": socket.AI_NUMERICHOST}
        try:
            return real(host, port, *args, **numeric)
        except socket.gaierror:
            looked_up.append(host)
        found = answers(host) if callable(answers) else answers.get(host, [])
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [one for address in found for one in real(address, port, *args, **numeric)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return looked_up
