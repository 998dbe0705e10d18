"""Where a request may go, as operators and workspaces write it: host names, addresses, networks, each with or without
a port. Only reading and comparing; who may go there is decided elsewhere.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address

_ENTRY = re.compile(
    r"\[(?P<bracketed>[0-9A-Fa-f:.]+)\](?::(?P<port6>\d{1,5}))?|(?P<plain>[^:\s\[\]]+)(?::(?P<port>\d{1,5}))?"
)
_HOST = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?")


class InvalidDestinationError(ValueError):
    """An entry is a host name, `*.` and a host name, an address or a network, and may end in `:port`."""


@dataclass(frozen=True, slots=True)
class Destination:
    """One entry. A host name stands for whatever it resolves to, a network for addresses, whatever name led there.

    `*.example.com` stands for all names below `example.com`, not for itself.
    """

    host: str = ""
    network: IPv4Network | IPv6Network | None = None
    port: int | None = None

    def covers(self, *, host: str, address: Address, port: int) -> bool:
        """Whether a connection to `address`, to which the name `host` led, goes there."""
        if self.port not in {None, port}:
            return False
        if self.network is not None:
            return address in self.network
        name = normal(host)
        return name.endswith(self.host[1:]) if self.host.startswith("*.") else name == self.host


def normal(host: str) -> str:
    """The host name as it is compared: lower case, without the dot of the root."""
    return host.lower().rstrip(".")


def parse(text: str) -> Destination:
    """Read `crm.internal`, `*.example.com`, `crm.internal:8000`, `10.1.0.0/16`, `127.0.0.1:9000`, `[::1]:9000`.

    Raises `InvalidDestinationError`, which names the entry.
    """
    try:
        return Destination(network=ip_network(text, strict=False))
    except ValueError:
        pass  # with a port, or a host name
    match = _ENTRY.fullmatch(text)
    if match is None:
        raise InvalidDestinationError(_explain(text))
    digits = match["port6"] or match["port"]
    port = int(digits) if digits else None
    where = match["bracketed"] or match["plain"]
    if port is not None and not 0 < port < 65536:
        raise InvalidDestinationError(_explain(text))
    try:
        return Destination(network=ip_network(where, strict=False), port=port)
    except ValueError:
        pass  # a host name
    if not _HOST.fullmatch(normal(where)) or re.fullmatch(r"[0-9.]+", where):
        raise InvalidDestinationError(_explain(text))
    return Destination(host=normal(where), port=port)


def _explain(text: str) -> str:
    return (
        f"{text[:100]!r} is not a host name, an address or a network such as 10.1.0.0/16, with or without :port; "
        "*.example.com stands for all names below it"
    )
