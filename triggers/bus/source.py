"""What the loop asks of a broker, whichever it is."""

from collections.abc import Sequence
from typing import Protocol

from triggers.bus.decoding import Message

DEAD = ".dead"  # behind the name of a queue or topic: where its poison goes
REASON_HEADER = "x-sequitur-reason"


class BusError(Exception):
    """The broker does not answer, or not as it should; another try may go well."""


class Source(Protocol):
    """Messages of some queues. Every method may raise `BusError`; then the source is closed, and another one opened."""

    def read(self, *, max_messages: int, wait_seconds: float) -> Sequence[Message]:
        """Up to so many messages: those that are there, or that come within that time."""

    def bury(self, message: Message, *, reason: str) -> None:
        """Put a message where people find it: unchanged, into `<queue>.dead`, with the reason in a header."""

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Never deliver these again. In the order in which they were read, none left out."""

    def close(self) -> None:
        """Let others have what was read and not acknowledged."""
