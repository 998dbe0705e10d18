"""The headers that we add to messages, and what they say."""

from collections.abc import Mapping
from typing import Any

DEATHS = "x-sequitur-deaths"  # how many workers did not come back from the message
LETTER = "x-sequitur-letter"  # of a dead one: its identity, by which it becomes a row once
CODE = "x-sequitur-code"  # of a dead one: why
MESSAGE = "x-sequitur-message"
QUEUE = "x-sequitur-queue"  # of a dead one: where it was
UNREADABLE = "x-sequitur-unreadable"  # the broker's list held what is no message at all; it is the body

MAX_DEATHS = 1_000_000  # whoever writes to the broker writes any number; a row has room for this one

_OURS = (LETTER, CODE, MESSAGE, QUEUE)


def deaths(headers: Mapping[str, Any] | None) -> int:
    """How many workers did not come back from the message."""
    number = (headers or {}).get(DEATHS)
    return min(number, MAX_DEATHS) if isinstance(number, int) and number > 0 else 0


def without_cause(headers: Mapping[str, Any]) -> dict[str, Any]:
    """The headers as they were before the message was given up."""
    return {name: value for name, value in headers.items() if name not in _OURS}
