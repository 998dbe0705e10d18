"""What one watcher is told: the difference between what they were told and what is now. No sockets, no threads.

A stream tells states, not steps: between two looks something may change twice, and the last state is told. So nothing
has to be kept for who comes back: they name the fingerprint of all that they were told, and where that is not what is
now, everything is told anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core.streams import frames
from core.streams.readers import Documents, Subject

LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
ACCESS_SECONDS = 5.0
MAX_LIFE_SECONDS = 30 * 60.0

IsDone = Callable[[Mapping[tuple[str, str], dict[str, Any]]], bool]


@dataclass(slots=True)
class Stream:
    """One watcher's.

    `is_allowed` asks anew who they are; `is_done` says of what was read whether there is nothing more to come, and
    `leave` gives back the place among all streams. Times are of a clock that only goes forward, in seconds.
    """

    workspace_id: UUID
    subjects: tuple[Subject, ...]
    is_allowed: Callable[[], bool]
    leave: Callable[[], None]
    is_done: IsDone = lambda _: False
    last_id: str = ""
    max_life_seconds: float = MAX_LIFE_SECONDS
    is_over: bool = False
    _told: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _began_at: float | None = None
    _written_at: float = 0
    _asked_at: float = 0

    @property
    def has_begun(self) -> bool:
        return self._began_at is not None

    def advance(self, read: Mapping[Subject, Documents], *, now: float) -> bytes:
        """What is to be written after a look; b"" for nothing. Sets `is_over` with the last of it."""
        if self._began_at is None:
            self._began_at = self._written_at = self._asked_at = now
            return self._begin(self._documents(read)) + self._ending(read, now=now)
        if not self.may_stay(now=now):
            return self._end("access")
        written = self._changes(self._documents(read)) + self._ending(read, now=now)
        if not written and now - self._written_at >= HEARTBEAT_SECONDS:
            written = frames.comment("still here")
        if written:
            self._written_at = now
        return written

    def may_stay(self, *, now: float) -> bool:
        """Whether they still may read this; asked anew every `ACCESS_SECONDS`."""
        if now - self._asked_at < ACCESS_SECONDS:
            return True
        self._asked_at = now
        return self.is_allowed()

    def is_old(self, *, now: float) -> bool:
        """Whether it has lasted as long as one may."""
        return self._began_at is not None and now - self._began_at >= self.max_life_seconds

    def close(self) -> None:
        """Give the place back; once is enough."""
        self.is_over = True
        leave, self.leave = self.leave, lambda: None
        leave()

    def _begin(self, documents: dict[tuple[str, str], dict[str, Any]]) -> bytes:
        digests = {key: frames.digest(each) for key, each in documents.items()}
        now_id = frames.fingerprint(digests.items())
        if self.last_id == now_id:
            self._told = digests
            return frames.opening() + frames.event("ready", {"missed": False}, id_=now_id)
        reset = frames.event("reset", {"reason": "something was missed"}) if self.last_id else b""
        told = b"".join(frames.event(name, each) for (name, _), each in documents.items())
        self._told = digests
        ready = frames.event("ready", {"missed": bool(self.last_id)}, id_=now_id)
        return frames.opening() + reset + told + ready

    def _changes(self, documents: dict[tuple[str, str], dict[str, Any]]) -> bytes:
        """The documents that are new or differ; the last one has the id, since one is told all of them or comes back
        for all."""
        digests = {key: frames.digest(each) for key, each in documents.items()}
        changed = [key for key, each in digests.items() if self._told.get(key) != each]
        is_less = len(digests) != len(self._told) + sum(key not in self._told for key in changed)
        self._told = digests
        if not (changed or is_less):
            return b""
        now_id = frames.fingerprint(digests.items())
        if not changed:
            return frames.event("gone", {}, id_=now_id)
        events = [frames.event(key[0], documents[key]) for key in changed[:-1]]
        return b"".join(events) + frames.event(changed[-1][0], documents[changed[-1]], id_=now_id)

    def _ending(self, read: Mapping[Subject, Documents], *, now: float) -> bytes:
        if self.is_done(self._documents(read)):
            return self._end("done")
        if self.is_old(now=now):
            return self._end("age")
        return b""

    def _end(self, reason: str) -> bytes:
        self.is_over = True
        return frames.event("end", {"reason": reason})

    def _documents(self, read: Mapping[Subject, Documents]) -> dict[tuple[str, str], dict[str, Any]]:
        return {key: each for subject in self.subjects for key, each in read.get(subject, {}).items()}
