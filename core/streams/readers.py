"""Who reads what streams tell: each app registers readers for its kinds of subject."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core import tenancy

Documents = Mapping[tuple[str, str], dict[str, Any]]
"""What there is to tell, by the name of the event and the id of what it is about."""

KEPT_SECONDS = 60  # more than any reader is asked apart


@dataclass(frozen=True, slots=True)
class Subject:
    """What is watched: a kind, and which of it; "" for all of the workspace."""

    kind: str
    key: str = ""


Read = Callable[[Collection[str]], Mapping[str, Documents]]
"""The documents of these keys, in the workspace in scope; a key of which there is nothing may be left out."""


@dataclass(frozen=True, slots=True)
class Reader:
    """`every_seconds`: how often it is asked at most."""

    read: Read
    every_seconds: float = 0


_readers: dict[str, Reader] = {}


def register(kind: str, read: Read, *, every_seconds: float = 0) -> None:
    """Let `read` read the subjects of this kind."""
    _readers[kind] = Reader(read, every_seconds)


class Reading:
    """What was read lately, of all workspaces; so that many streams about the same cost what one does."""

    def __init__(self) -> None:
        self._kept: dict[tuple[UUID, Subject], tuple[float, Documents]] = {}

    def read(self, workspace_id: UUID, subjects: Iterable[Subject], *, now: float) -> dict[Subject, Documents]:
        """The documents of each subject. `now`: a clock that only goes forward, in seconds.

        Raises Django's database errors.
        """
        found: dict[Subject, Documents] = {}
        asked: dict[str, list[str]] = {}
        for subject in set(subjects):
            at, kept = self._kept.get((workspace_id, subject), (float("-inf"), {}))
            if now - at < _readers[subject.kind].every_seconds:
                found[subject] = kept
            else:
                asked.setdefault(subject.kind, []).append(subject.key)
        with tenancy.scope(workspace_id):
            for kind, keys in asked.items():
                documents = _readers[kind].read(keys)
                found |= {Subject(kind, key): documents.get(key, {}) for key in keys}
        for kind, keys in asked.items():
            if _readers[kind].every_seconds:
                for key in keys:
                    self._kept[workspace_id, Subject(kind, key)] = (now, found[Subject(kind, key)])
        return found

    def forget(self, *, now: float) -> None:
        """Drop what nobody has asked for lately."""
        self._kept = {key: each for key, each in self._kept.items() if now - each[0] < KEPT_SECONDS}
