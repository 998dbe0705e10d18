"""Open connections: look the name up once, check each address, connect to an address that was checked.

The check stands where the socket is made, so nothing between a URL and its connection (another parser, a second lookup
that gives another address) can lead past it. The host name is kept for TLS and the Host header.
"""

import socket
import ssl
from functools import cache
from typing import Any

from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from actions.outbound import exchange, proxies, reach, refusals
from actions.outbound.exchange import Exchange
from actions.outbound.proxies import Proxy
from actions.outbound.reach import SocketAddress


def connect(host: str, port: int, *, ongoing: Exchange) -> socket.socket:
    """A connection to the first address of `host` that is permitted and answers; through the operator's proxy, if any.

    Raises `ActionFailedError` (address_refused, host_not_allowed) when none is permitted, and OSError when none
    answers.
    """
    permitted = reach.permitted(
        host, port, timeout_seconds=ongoing.remaining_seconds, allow=ongoing.allow, rules=ongoing.rules
    )
    for left, (family, address) in zip(range(len(permitted), 0, -1), permitted, strict=True):
        timeout_seconds = min(ongoing.remaining_seconds / left, ongoing.connect_seconds)
        try:
            if ongoing.proxy is not None:
                return _tunnel(ongoing.proxy, address, ongoing=ongoing, timeout_seconds=timeout_seconds)
            return _open(family, address, ongoing=ongoing, timeout_seconds=timeout_seconds)
        except OSError:
            if left == 1:
                raise
    raise AssertionError  # pragma: no cover  the last address either answers or raises


def _open(
    family: socket.AddressFamily, address: SocketAddress, *, ongoing: Exchange, timeout_seconds: float
) -> socket.socket:
    """A connection that ends at the deadline. Raises OSError."""
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(timeout_seconds)
    try:
        sock.connect(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ongoing.watch(sock)
    except OSError:
        sock.close()
        raise
    return sock


def _tunnel(proxy: Proxy, address: SocketAddress, *, ongoing: Exchange, timeout_seconds: float) -> socket.socket:
    """A connection through the proxy to an address that was checked.

    Raises `ActionFailedError` (proxy_failed) when the proxy is the reason, and OSError when the address is.
    """
    ways = reach.look_up(proxy.host, proxy.port, timeout_seconds=timeout_seconds)
    if not ways:
        raise refusals.proxy_failed("its name has no address")
    try:
        sock = _open(*ways[0], ongoing=ongoing, timeout_seconds=timeout_seconds)
    except OSError as error:
        raise refusals.proxy_failed((error.strerror or "no connection").lower()) from error
    try:
        proxies.open_tunnel(sock, proxy, address=address[0], port=address[1])
    except proxies.TunnelRefusedError as error:
        sock.close()
        raise refusals.proxy_failed(str(error)) from error
    except OSError:
        sock.close()
        raise
    return sock


class _Checked(HTTPConnection):
    """A connection that obeys the exchange it is opened in."""

    def _new_conn(self) -> socket.socket:
        ongoing = exchange.current()
        try:
            return connect(self._dns_host.strip("[]"), self.port, ongoing=ongoing)
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no answer in time") from error
        except OSError as error:
            raise NewConnectionError(self, error.strerror or "no connection") from error


class _CheckedTls(_Checked, HTTPSConnection):
    """The same, with TLS for the host's name."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Checked


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _CheckedTls


class DoorAdapter(HTTPAdapter):
    """Sends one request over one checked connection, and trusts `trusted()`. It reads no proxies of the environment.

    A connection is not kept for the next request: one that its server has just closed would fail an attempt that has
    done nothing, and trying again unseen is not ours to do.
    """

    def __init__(self) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=trusted())
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: it would read the certificates from disk for every connection."""


@cache
def trusted() -> ssl.SSLContext:
    """Whom TLS trusts: the authorities that requests brings, and those of the machine (or of `SSL_CERT_FILE`)."""
    context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
    context.load_default_certs()
    return context
