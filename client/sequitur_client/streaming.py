"""Answers that are read while they come: lines of JSON, and Server-Sent Events.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event of a stream. `data` as it was sent; `json()` reads it."""

    event: str
    data: str
    id: str

    def json(self) -> Any:
        """The data, which most streams send as JSON."""
        return json.loads(self.data)


@dataclass(slots=True)
class EventReader:
    """Takes lines, gives events. The id stays that of the last event that said one."""

    _event: str = ""
    _data: list[str] = field(default_factory=list)
    _id: str = ""

    def take(self, line: str) -> StreamEvent | None:
        """The event that this line ends; None for all other lines, comments among them."""
        if not line:
            return self._end()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        return None

    def _end(self) -> StreamEvent | None:
        event, data = self._event or "message", self._data
        self._event, self._data = "", []
        return StreamEvent(event, "\n".join(data), self._id) if data else None


@dataclass(slots=True)
class LineReader:
    """Takes lines of JSON, gives what they say."""

    def take(self, line: str) -> Any:
        """The value; None for an empty line."""
        return json.loads(line) if line.strip() else None
