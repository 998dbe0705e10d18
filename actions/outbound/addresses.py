"""Which addresses may be connected to: public ones, and those that an operator allows.

Two lists have to agree on a public one: ours (what Python calls global, without the networks below) and that of
requests-hardened. `is_global` alone is outdated in older Pythons (CVE-2024-4032) and knows nothing of addresses that
carry an IPv4 address inside.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_network

from django.conf import settings
from requests_hardened.ip_filter import InvalidIPAddress, filter_host

from core import destinations
from core.destinations import Address, Destination

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


class InvalidAllowEntryError(ValueError):
    """An entry of SEQUITUR_OUTBOUND_ALLOW is a host name, an address or a network, and may end in `:port`."""


@dataclass(frozen=True, slots=True)
class AllowList:
    """What may be reached although it is not public, or not at a port of the web.

    A host name allows whatever that name resolves to; a network allows addresses, whatever name led there.
    """

    entries: tuple[Destination, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> "AllowList":
        """Read entries such as `crm.internal`, `crm.internal:8000`, `10.1.0.0/16`, `127.0.0.1:9000`, `[::1]:9000`.

        Raises `InvalidAllowEntryError`, which names the entry.
        """
        try:
            return cls(tuple(map(destinations.parse, texts)))
        except destinations.InvalidDestinationError as error:
            raise InvalidAllowEntryError(f"SEQUITUR_OUTBOUND_ALLOW: {error}") from None

    @classmethod
    def from_settings(cls) -> "AllowList":
        """What the operator allowed in SEQUITUR_OUTBOUND_ALLOW."""
        return cls.parse(settings.SEQUITUR_OUTBOUND_ALLOW)

    def permits(self, *, host: str, address: Address, port: int, ports: frozenset[int] = WEB_PORTS) -> bool:
        """Whether a connection may be opened: a public address at one of `ports`, or an entry says so."""
        if any(entry.covers(host=host, address=address, port=port) for entry in self.entries):
            return True
        return port in ports and is_public(address)


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
