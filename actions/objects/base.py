"""What a store of objects is: put bytes under a key, and get them back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol

from pydantic import AfterValidator

from actions.base import ActionCall

MAX_OBJECT_BYTES = 1024 * 1024
MAX_KEY_BYTES = 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

JsonObject = dict[str, Any]


def is_key(text: str) -> str:
    """The text, when it can be a key. Raises ValueError.

    Parts such as `..` are refused, not cleaned: what cleans URLs on the way would make another key of them.
    """
    if _CONTROL.search(text):
        raise ValueError("a key has no control characters")
    if not 0 < len(text.encode()) <= MAX_KEY_BYTES:
        raise ValueError(f"a key has 1 to {MAX_KEY_BYTES:,} bytes in UTF-8")
    if {"", ".", ".."} & {*text.split("/")}:
        raise ValueError("a key has no empty part, no . and no .. between its slashes, and none at its ends")
    return text


Key = Annotated[str, AfterValidator(is_key)]


@dataclass(frozen=True, slots=True)
class Content:
    """What is stored under a key."""

    body: bytes
    content_type: str = "application/octet-stream"
    metadata: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What was said to the store and answered, for people to read; None where nothing was sent."""

    content: Content | None
    request: JsonObject | None = None
    response: JsonObject | None = None


class Store(Protocol):
    """Where objects are. Both raise `ActionFailedError`."""

    def put(self, key: str, content: Content, call: ActionCall) -> Exchanged:
        """Store it, in the place of what is there; the answer's content has the etag."""
        ...

    def get(self, key: str, call: ActionCall) -> Exchanged:
        """What is there; a content of None when there is nothing."""
        ...
