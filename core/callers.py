"""From where the request came that the running code serves; empty outside of requests."""

import ipaddress
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("caller_address", default="")


@contextmanager
def calling_from(address: str) -> Iterator[None]:
    """Serve a request from this address."""
    token = _current.set(address)
    try:
        yield
    finally:
        _current.reset(token)


def current_address() -> str:
    """The address, as text; "" where no request is served, or it is not known."""
    return _current.get()


def address_of(peer: str, forwarded: str, *, trusted: Sequence[str]) -> str:
    """Where a request came from: `peer` is who connected, `forwarded` the value of `X-Forwarded-For`.

    What stands there is believed as far as trusted proxies (addresses, networks) wrote it: the last address that is
    none of theirs. A client can write whatever it likes before that. Returns "" for a peer that is no address.
    """
    networks = [ipaddress.ip_network(each) for each in trusted]
    found = ""
    for text in (peer, *reversed(forwarded.split(","))):
        try:
            address = ipaddress.ip_address(text.strip())
        except ValueError:
            return found  # as far as it can be read
        found = str(address)
        if not any(address in network for network in networks):
            return found
    return found
