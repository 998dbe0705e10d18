"""An event before it is accepted, whichever way it came in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """An event as it was sent; empty fields get their defaults on acceptance.

    The other fields are those of `Event`: who it is for, the request it came with, the run that sent it.
    """

    type: str
    data: Any
    id: str = ""
    source: str = ""
    subject: str = ""
    time: datetime | None = None
    request: Mapping[str, Any] | None = None
    extensions: Mapping[str, Any] | None = None
    addressee: UUID | None = None
    is_public: bool = True
    cause_run: UUID | None = None
    root: UUID | None = None
    depth: int = 0
