"""What a scheme of verification is: a key, the parameters it takes, and a verdict on a delivery."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

TOLERANCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request as it arrived: the raw body, headers by name in lower case, and our clock."""

    body: bytes
    headers: Mapping[str, str]
    now: datetime

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a definition says beside the scheme and its secrets; each scheme reads what it `needs` and `takes`."""

    header: str = ""
    prefix: str = ""
    algorithm: str = "sha256"
    encoding: str = "hex"
    tolerance_seconds: int = TOLERANCE_SECONDS
    username: str = ""
    id_header: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """It is genuine. `delivery_id` is the sender's name for it, the same when it is sent again; empty without one."""

    delivery_id: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """It is not, or nobody can tell. `reason` is for who set the hook up, never for who sent the request."""

    reason: str


Verdict = Verified | Refused


class Scheme(ABC):
    """One way to prove where a request comes from. Subclass it in a file beside this one and register an instance.

    `needs` and `takes` name the parameters of `verification` that must and that may stand beside `scheme`.
    """

    key: ClassVar[str]
    needs: ClassVar[frozenset[str]] = frozenset({"secret"})
    takes: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def verify(self, delivery: Delivery, *, rules: Rules, secrets: Sequence[str]) -> Verdict:
        """The verdict. Any of `secrets` may fit: two are valid during a rotation. Never raises for what was sent."""

    def handshake(self, body: Any) -> dict[str, Any] | None:
        """The answer to a genuine request that only asks whether the URL is ours; None for any other request."""
        return None
