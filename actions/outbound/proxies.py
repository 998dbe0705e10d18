"""The operator's proxy: every connection is a tunnel (CONNECT) to an address that was looked up and checked here.

So the proxy never resolves a name, TLS goes through it unread, and `Host` arrives as it was sent. That holds for
http:// too: of a request in absolute form the proxy would have to replace `Host` by the address (RFC 9112, 3.2.2).
"""

import base64
import socket
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

MAX_HEAD_BYTES = 16 * 1024
_NOT_REACHED = frozenset({502, 503, 504})  # what proxies say when the address does not answer


class InvalidProxyError(ValueError):
    """SEQUITUR_OUTBOUND_PROXY is a URL such as http://proxy.internal:3128 or http://user:password@proxy.internal:3128."""


class TunnelRefusedError(Exception):
    """The proxy does not open the tunnel, and would not open another one."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where it is. It is the one address that is trusted unchecked: the operator named it."""

    host: str
    port: int
    authorization: str = field(default="", repr=False)


def parse(url: str) -> Proxy | None:
    """The proxy of the setting, None for none. Raises `InvalidProxyError`."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise InvalidProxyError(_explain()) from None
    if parts.scheme != "http" or not host or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise InvalidProxyError(_explain())
    login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}" if parts.username else ""
    authorization = f"Basic {base64.b64encode(login.encode()).decode()}" if login else ""
    return Proxy(host, port or 80, authorization)


def open_tunnel(sock: socket.socket, proxy: Proxy, *, address: str, port: int) -> None:
    """Ask the proxy, to which `sock` is connected, for a tunnel to the address.

    Raises `TunnelRefusedError` when it says no, and OSError when the address does not answer it.
    """
    where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    login = f"Proxy-Authorization: {proxy.authorization}\r\n" if proxy.authorization else ""
    sock.sendall(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n{login}\r\n".encode("ascii"))
    status = _status(_head(sock))
    if status in _NOT_REACHED:
        raise ConnectionRefusedError(111, "the proxy could not connect to it")
    if status // 100 != 2:
        raise TunnelRefusedError(f"it answered {status or 'nothing readable'}")


def _head(sock: socket.socket) -> bytes:
    """The head of the answer, byte by byte: what follows it belongs to the tunnel."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        one = sock.recv(1)
        if not one or len(head) >= MAX_HEAD_BYTES:
            raise TunnelRefusedError("it answered nothing readable")
        head += one
    return bytes(head)


def _status(head: bytes) -> int:
    words = head.split(b"\r\n")[0].split()
    is_readable = len(words) >= 2 and words[0].startswith(b"HTTP/") and len(words[1]) == 3 and words[1].isdigit()
    return int(words[1]) if is_readable else 0


def _explain() -> str:
    return (InvalidProxyError.__doc__ or "").strip()
