"""What a channel is: a key, what an address of it looks like, and `deliver`. Who is told, and when, is not its job."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from actions.base import ActionCall

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Notice:
    """What people are told. `html` and `link` are empty where there is none; a channel uses what it can show."""

    to: str
    subject: str
    text: str
    html: str = ""
    link: str = ""
    connection: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """That it was handed over: the other side's `id` for it, and what was sent and answered, for people to read."""

    id: str = ""
    request: JsonObject | None = None
    response: JsonObject | None = None


class Channel(ABC):
    """One way to reach people. Subclass it in a file of `actions/channels/types/` and register an instance there.

    `may_repeat`: whether the receiver recognises a message that comes twice under one idempotency key.
    `kinds` are those of the connections that it is sent through; none where it needs no connection.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    kinds: ClassVar[frozenset[str]] = frozenset()
    may_repeat: ClassVar[bool] = False

    def check_to(self, to: str) -> str:
        """An address of this channel, as it is stored. Raises ValueError, whose text says what was expected."""
        return to

    @abstractmethod
    def deliver(self, notice: Notice, call: ActionCall) -> Receipt:
        """Hand it over, once, within `call.timeout_seconds`. Raises `ActionFailedError`, as an action does."""
