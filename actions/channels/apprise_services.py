"""Tell the services of Apprise something, one after the other, held to our rules about addresses.

Apprise opens its connections itself. While one of its services is told something, every connection of the thread is
looked at where Python announces it (an audit hook), and refused for an address that is not permitted: whatever name led
there, and however often it was looked up. The name that was looked up last is the one that led there, for the lists of
the workspace, which may have names. The library takes long to load, so it is loaded by the first message.
"""

import contextlib
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from time import monotonic
from typing import Any

from actions.mail.servers import PORTS
from actions.outbound import AllowList, narrowing
from actions.outbound.addresses import WEB_PORTS
from core.outbound_rules import OutboundRules

_guarded = threading.local()
_hooking = threading.Lock()
_hooked: list[bool] = []


_LOOKUPS = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
_WAYS_OUT = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


class RefusedAddressError(OSError):
    """The address is not allowed."""


@dataclass(slots=True)
class _Guard:
    """What holds for the connections of a thread, and the name that it looked up last."""

    allow: AllowList
    rules: OutboundRules | None
    name: str = ""

    def permits(self, host: str, port: int) -> bool:
        """Whether the address may be reached, by the server's rules and by those of the workspace."""
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:  # a name: it would be looked up behind our back
            return False
        if not self.allow.permits(host=host, address=address, port=port, ports=WEB_PORTS | PORTS):
            return False
        return self.rules is None or self.rules.permits(host=self.name or host, address=address, port=port)


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one service: its name, and whether it took the message."""

    service: str
    is_told: bool


def tell(urls: Sequence[str], *, title: str, body: str, timeout_seconds: float) -> list[Told]:
    """Tell each of the services, in order; what is left when the time is over is not told."""
    library = load()
    deadline = monotonic() + timeout_seconds
    asset = library.AppriseAsset(plugin_paths=[], async_mode=False, storage_mode="memory", allow_templates=False)
    told = []
    for url in urls:
        left = deadline - monotonic()
        service = library.Apprise.instantiate(url, asset=asset, suppress_exceptions=True) if left > 0 else None
        if service is None:
            told.append(Told("not readable" if left > 0 else "no time left", is_told=False))
            continue
        service.socket_connect_timeout = service.socket_read_timeout = max(left, 0.1)
        told.append(Told(str(service.service_name), is_told=_notify(service, title=title, body=body)))
    return told


@cache
def load() -> Any:
    """The library, with all of its services. It takes seconds, and it uses what Python deprecates."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import apprise
        from apprise.manager_plugins import NotificationManager

        manager: Any = NotificationManager
        manager().load_modules()
    return apprise


def _notify(service: Any, *, title: str, body: str) -> bool:
    with _checked_connections():
        try:
            return bool(service.notify(body=body, title=title))
        except Exception:  # noqa: BLE001  a service of the library may raise anything, and its text may have its URL
            return False


@contextlib.contextmanager
def _checked_connections() -> Iterator[None]:
    with _hooking:
        if not _hooked:
            sys.addaudithook(_check)
            _hooked.append(True)
    _guarded.guard = _Guard(AllowList.from_settings(), narrowing.rules_in_scope())
    try:
        yield
    finally:
        _guarded.guard = None


def _check(event: str, arguments: tuple[Any, ...]) -> None:
    guard: _Guard | None = getattr(_guarded, "guard", None)
    if guard is None:
        return
    if event in _LOOKUPS:
        found = arguments[0]
        guard.name = found.decode("ascii", "replace") if isinstance(found, bytes) else str(found)
    elif event in _WAYS_OUT and not _is_permitted(arguments[1], guard):
        raise RefusedAddressError("the address is not allowed")


def _is_permitted(address: object, guard: _Guard) -> bool:
    """None is where the socket is connected to, which was looked at then."""
    return address is None or (isinstance(address, tuple) and guard.permits(str(address[0]), int(address[1])))
