"""How a workspace narrows what leaves it: what its admins wrote into `Workspace.outbound`, never above the server's.

What is not written there is the default. Units are in the names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core import destinations, validation
from core.destinations import Address, Destination
from core.errors import InvalidError

MAX_ENTRIES = 500
MAX_RATE_CALLS = 1000  # the instants of so many calls are kept for each host
_EVERYWHERE = (destinations.parse("0.0.0.0/0"), destinations.parse("::/0"))


def _readable(text: str) -> str:
    destinations.parse(text)
    return text


Entry = Annotated[str, AfterValidator(_readable)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class CircuitRule(_Part):
    """When a host is left alone: after so many failures within the window with no success between, for so long."""

    failures: int = Field(10, ge=1, le=100)
    window_seconds: float = Field(60, gt=0, le=3600)
    open_seconds: float = Field(30, gt=0, le=3600)


class RateRule(_Part):
    """At most so many calls of one host in any stretch of so many seconds."""

    calls: int = Field(ge=1, le=MAX_RATE_CALLS)
    per_seconds: float = Field(gt=0, le=3600)


class _Written(_Part):
    """What can stand in `Workspace.outbound`."""

    allow: list[Entry] = Field([], max_length=MAX_ENTRIES)
    deny: list[Entry] = Field([], max_length=MAX_ENTRIES)
    rate_limit: RateRule | None = None
    circuit: CircuitRule | None = CircuitRule()


@dataclass(frozen=True, slots=True)
class OutboundRules:
    """The rules that hold in a workspace. `circuit` and `rate` are None where they are switched off."""

    allow: tuple[Destination, ...] = ()
    deny: tuple[Destination, ...] = ()
    circuit: CircuitRule | None = None
    rate: RateRule | None = None

    def permits(self, *, host: str, address: Address, port: int) -> bool:
        """Whether the workspace lets it go there. What is denied is refused, whatever is allowed; a list of what is
        allowed that is not empty refuses everything else.
        """
        if any(each.covers(host=host, address=address, port=port) for each in self.deny):
            return False
        return not self.allow or any(each.covers(host=host, address=address, port=port) for each in self.allow)


def of(written: Mapping[str, Any]) -> OutboundRules:
    """The rules of a workspace with this `outbound`. What cannot be read refuses everything: it was meant to narrow."""
    try:
        read = validation.parse(_Written, dict(written))
    except (InvalidError, TypeError, ValueError):
        return OutboundRules(deny=_EVERYWHERE)
    return OutboundRules(
        allow=tuple(map(destinations.parse, read.allow)),
        deny=tuple(map(destinations.parse, read.deny)),
        circuit=read.circuit,
        rate=read.rate_limit,
    )


def problems(written: object) -> list[str]:
    """A sentence for everything that cannot stand in `Workspace.outbound`; nothing for what can."""
    if not isinstance(written, dict):
        return ['Expected a JSON object such as {"deny": ["*.example.com"]}.']
    try:
        validation.parse(_Written, written)
    except InvalidError as error:
        return [f"{problem.path}: {problem.message}" for problem in error.problems]
    return []
