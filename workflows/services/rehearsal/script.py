"""What a test is given: the event, and what answers in the place of the world outside. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.models import Workspace
from triggers.models import Event
from workflows.services.imagining import NOBODY
from workflows.services.versions import Published

Json = dict[str, Any]
Place = tuple[str, str]  # the id of an action, and its iteration

TIMEOUT = "timeout"


class Source(StrEnum):
    """Where an output came from."""

    COMPUTED = "computed"
    PINNED = "pinned"
    PAST_RUN = "past_run"
    SAMPLE = "sample"
    ANSWER = "answer"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Pin:
    """What an action comes to without being performed: an output, or an error (`{code, message, is_retryable}`)."""

    output: Json = field(default_factory=dict)
    error: Json | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """One test of a definition: `document`, in canonical form, and `published`, what runs need of it.

    `pins` and `answers` are given by id (or `id[iteration]`); `recorded` is what a past run came to, by place, which is
    asked where nothing is given.

    An answer is `{"decision", "comment"}`, `{"event": {"type", "data", ...}}` or `"timeout"`.
    `until` is the last action that has its turn, `steps` how many turns there are at most.
    """

    workspace: Workspace
    document: Json
    published: Published
    event: Event
    now: datetime
    trigger_key: str = ""
    run_id: UUID = NOBODY
    pins: Mapping[str, Pin] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    recorded: Mapping[Place, Pin] = field(default_factory=dict)
    until: str = ""
    steps: int | None = None

    def pinned(self, key: str, iteration: str) -> tuple[Pin, Source] | None:
        """What answers for an action that is not performed; None when nothing does."""
        found = self.pins.get(f"{key}[{iteration}]") or self.pins.get(key)
        if found is not None:
            return found, Source.PINNED
        recorded = self.recorded.get((key, iteration))
        return None if recorded is None else (recorded, Source.PAST_RUN)

    def answer(self, key: str, iteration: str) -> Any:
        """What a wait is answered; None when nobody says."""
        return self.answers.get(f"{key}[{iteration}]", self.answers.get(key))
