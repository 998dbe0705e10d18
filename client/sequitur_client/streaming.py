"""Answers that are read while they come: lines of JSON, and Server-Sent Events.

Events are read over as many connections as it takes, as browsers do: each begins behind the last event that was read.
Decides only; nothing here waits or sends. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import json
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import httpx

from sequitur_client.calls import Call, Form
from sequitur_client.errors import ConnectionFailed
from sequitur_client.exchange import unanswered
from sequitur_client.retrying import Retries

NOTHING_FOLLOWS = 204  # all of it was told before
COME_BACK = "age"  # the reason of an `end` that is not the end of what is watched


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
    """Takes lines, gives events. `id` is that of the last event that said one, `retry_seconds` what was asked for."""

    id: str = ""
    retry_seconds: float | None = None
    _event: str = ""
    _data: list[str] = field(default_factory=list)

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
            self.id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry_seconds = int(value) / 1000
        return None

    def cut(self) -> None:
        """Forget the event that was begun: the connection ended in it."""
        self._event, self._data = "", []

    def _end(self) -> StreamEvent | None:
        event, data = self._event or "message", self._data
        self.cut()
        return StreamEvent(event, "\n".join(data), self.id) if data else None


class Reading(Protocol):
    """How a streamed answer is read: `call` begins, each line is taken, and `ended` says what then."""

    @property
    def call(self) -> Call[Any]: ...

    def take(self, line: str) -> Any:
        """What this line ends; None for nothing."""
        ...

    def ended(self, status: int, failure: httpx.RequestError | None) -> float | None:
        """The answer has ended, by itself or by `failure`: in how many seconds `call` is sent again; None: it is over.

        Raises `ConnectionFailed` or `TimedOut` where there is no use in that.
        """
        ...


def reading(call: Call[Any], *, retries: Retries) -> Reading:
    """How the answer of this call is read."""
    return Events(call, retries) if call.form is Form.EVENTS else Lines(call)


@dataclass(slots=True)
class Lines:
    """Lines of JSON. Half of them is no answer, and there is no asking for the rest."""

    call: Call[Any]

    def take(self, line: str) -> Any:
        return json.loads(line) if line.strip() else None

    def ended(self, status: int, failure: httpx.RequestError | None) -> None:
        if failure is not None:
            raise unanswered(self.call, failure)


@dataclass(slots=True)
class Events:
    """Events, until the server says that nothing follows. Connections that tell nothing are `Retries.most` at most."""

    call: Call[Any]
    retries: Retries
    _reader: EventReader = field(default_factory=EventReader)
    _is_over: bool = False
    _in_vain: int = 0

    def take(self, line: str) -> StreamEvent | None:
        found = self._reader.take(line)
        if found is None:
            return None
        self._in_vain = 0
        if found.event == "end":
            self._is_over = found.json()["reason"] != COME_BACK
            return found if self._is_over else None
        return found

    def ended(self, status: int, failure: httpx.RequestError | None) -> float | None:
        if self._is_over or status == NOTHING_FOLLOWS:
            return None
        self._in_vain += 1
        if self._in_vain > self.retries.most:
            raise ConnectionFailed(f"{self.call.operation}: the stream ended {self._in_vain} times and told nothing")
        self._reader.cut()
        if self._reader.id:
            self.call = replace(self.call, headers={**self.call.headers, "Last-Event-ID": self._reader.id})
        asked = self._reader.retry_seconds
        return self.retries.first_pause_seconds if asked is None else asked
