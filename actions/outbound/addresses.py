"""Which addresses may be connected to: public ones, and those that an operator allows.

Two lists have to agree on a public one: ours (what Python calls global, without the networks below) and that of
requests-hardened. `is_global` alone is outdated in older Pythons (CVE-2024-4032) and knows nothing of addresses that
carry an IPv4 address inside.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from django.conf import settings
from requests_hardened.ip_filter import InvalidIPAddress, filter_host

Address = IPv4Address | IPv6Address

WEB_PORTS = frozenset({80, 443, 8080, 8443})

# Source: IANA special-purpose address registries; 168.63.129.16 is Azure's host agent, 192.0.0.192 Oracle's metadata.
_NEVER_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        "2001::/23",  # Teredo, ORCHID, benchmarking
        "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3ffe::/16", "3fff::/20",
    )
)  # fmt: skip
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # not in it: mapped, compatible, SIIT, NAT64, local, link-local, multicast
_ENTRY = re.compile(
    r"\[(?P<bracketed>[0-9A-Fa-f:.]+)\](?::(?P<port6>\d{1,5}))?|(?P<plain>[^:\s\[\]]+)(?::(?P<port>\d{1,5}))?"
)
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?")


class InvalidAllowEntryError(ValueError):
    """An entry of SEQUITUR_OUTBOUND_ALLOW is a host name, an address or a network, and may end in `:port`."""


@dataclass(frozen=True, slots=True)
class _Entry:
    host: str = ""
    network: IPv4Network | IPv6Network | None = None
    port: int | None = None

    def covers(self, *, host: str, address: Address, port: int) -> bool:
        if self.port not in {None, port}:
            return False
        return self.host == host if self.network is None else address in self.network


@dataclass(frozen=True, slots=True)
class AllowList:
    """What may be reached although it is not public, or not at a port of the web.

    A host name allows whatever that name resolves to; a network allows addresses, whatever name led there.
    """

    entries: tuple[_Entry, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> "AllowList":
        """Read entries such as `crm.internal`, `crm.internal:8000`, `10.1.0.0/16`, `127.0.0.1:9000`, `[::1]:9000`.

        Raises `InvalidAllowEntryError`, which names the entry.
        """
        return cls(tuple(_parse(text) for text in texts))

    @classmethod
    def from_settings(cls) -> "AllowList":
        """What the operator allowed in SEQUITUR_OUTBOUND_ALLOW."""
        return cls.parse(settings.SEQUITUR_OUTBOUND_ALLOW)

    def permits(self, *, host: str, address: Address, port: int) -> bool:
        """Whether a connection may be opened: the address is public and the port the web's, or an entry says so."""
        if any(entry.covers(host=normal(host), address=address, port=port) for entry in self.entries):
            return True
        return port in WEB_PORTS and is_public(address)


def normal(host: str) -> str:
    """The host name as it is compared: lower case, without the dot of the root."""
    return host.lower().rstrip(".")


def is_public(address: Address) -> bool:
    """Whether the address is one of the internet at large. Never true of an address that carries another one inside."""
    if isinstance(address, IPv6Address) and (address not in _GLOBAL_UNICAST or address.scope_id):
        return False
    if not address.is_global or address.is_multicast or any(address in network for network in _NEVER_PUBLIC):
        return False
    try:
        filter_host(str(address), 443, allow_loopback=False)  # the second list; a literal is not looked up
    except InvalidIPAddress:
        return False
    return True


def _parse(text: str) -> _Entry:
    try:
        return _Entry(network=ip_network(text, strict=False))
    except ValueError:
        pass  # with a port, or a host name
    match = _ENTRY.fullmatch(text)
    if match is None:
        raise InvalidAllowEntryError(_explain(text))
    digits = match["port6"] or match["port"]
    port = int(digits) if digits else None
    where = match["bracketed"] or match["plain"]
    if port is not None and not 0 < port < 65536:
        raise InvalidAllowEntryError(_explain(text))
    try:
        return _Entry(network=ip_network(where, strict=False), port=port)
    except ValueError:
        pass  # a host name
    if not _HOST.fullmatch(normal(where)) or re.fullmatch(r"[0-9.]+", where):
        raise InvalidAllowEntryError(_explain(text))
    return _Entry(host=normal(where), port=port)


def _explain(text: str) -> str:
    return (
        f"SEQUITUR_OUTBOUND_ALLOW: {text!r} is not a host name, an address or a network such as 10.1.0.0/16, "
        "with or without :port"
    )
