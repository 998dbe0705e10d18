"""Several events came within a span, in their order or in any: it fires with the one that completes them, once.

Then it begins anew: what came before is void. An event fills one step at most. One that comes out of order finds its
place among the newest `MAX_LOG` of its key, by when they came; of those of one instant, the one that is decided first
is the first. What is too old to complete anything is dropped.

1. In order: of each number of first steps, only the newest instant at which they began is needed, since what completes
   an older beginning within the span completes the newer one too. The log is gone through from there.
2. In any order: each step needs an event of its own, so events are matched with steps by augmenting paths (Kuhn 1955),
   the newest first. Events that can be matched together are a matroid (Edmonds and Fulkerson 1965): one that finds no
   step beside newer ones is needed for no later completion, and is what a log that is too long does without.

**Shape** of the state: {"since": what came before this instant is void, "starts": [when the newest first steps began,
or null, for each number of them] (in order only), "log": [[instant, [places of the steps that it fills]], ...]}, oldest
first.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from core.expressions import templates
from core.expressions.scope import Scope
from triggers.engine.covering import Part
from triggers.engine.detectors.base import SECOND, Json, Step, written

MIN_STEPS, MAX_STEPS = 2, 10
MAX_LOG = 100  # events of a key that others may come before: some 4 kB
LATE = 60 * SECOND  # how long after a newer event one may be decided
MAX_SECONDS = 0.5  # for the templates in the filters of all steps

Entry = list[Any]
Starts = list[int | None]


class _Seen(NamedTuple):
    """What an event came to: with which entry of the log all steps are there, or a sentence for how far they are."""

    completed_by: int | None
    told: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """All `parts` within `within_seconds`, from the first to the last that is used."""

    parts: tuple[Part, ...]
    within_seconds: float
    ordered: bool = True
    key: str = ""
    kind: Literal["sequence"] = "sequence"

    @property
    def kept_seconds(self) -> float:
        return self.within_seconds

    def read(self, scope: Scope) -> list[int]:
        """The places of the steps that the event could fill."""
        with templates.within(MAX_SECONDS):
            return [place for place, part in enumerate(self.parts) if _is_one_of(part, scope)]

    def step(self, state: Json, *, at: int, value: list[int]) -> Step:
        if not value:
            return Step(state, False, "it is none of the steps")
        log, since = state.get("log", []), state.get("since", at)
        oldest = max([at, since, *(entry[0] for entry in log[-1:])]) - self._span - LATE
        if at < max(since, oldest):
            return Step(state, False, "it came too late: newer events were decided on before it")
        log = [entry for entry in log if entry[0] >= oldest]
        place = bisect_right(log, at, key=lambda entry: entry[0])
        log.insert(place, [at, value])
        starts: Starts = state.get("starts") or [None] * len(self.parts)
        seen = self._in_order([*starts], log, place) if self.ordered else self._in_any_order(log, place)
        if seen.completed_by is not None:
            after = {"since": log[seen.completed_by][0], "log": log[seen.completed_by + 1 :]}
            return Step(after, True, f"all {len(self.parts)} steps came in {written(self.within_seconds)} s")
        return Step(self._kept({**state, "log": log}, starts), False, seen.told)

    @property
    def _span(self) -> int:
        return int(self.within_seconds * SECOND)

    def _in_order(self, starts: Starts, log: list[Entry], own: int) -> _Seen:
        told = ""
        for place, entry in enumerate(log):
            reached = self._advance(starts, entry)
            if reached == len(self.parts):
                return _Seen(place, "")
            if place == own:
                told = self._reached(starts, entry, reached)
        return _Seen(None, told)

    def _advance(self, starts: Starts, entry: Entry) -> int:
        """Let an event fill steps, the last first, so that it fills one of each beginning; how many are filled then."""
        at, steps = entry
        reached = 0
        for step in sorted(steps, reverse=True):
            began = at if step == 0 else starts[step - 1]
            if began is not None and at - began <= self._span:
                newest = starts[step]
                starts[step] = began if newest is None else max(began, newest)
                reached = reached or step + 1
        return reached

    def _reached(self, starts: Starts, entry: Entry, reached: int) -> str:
        at, steps = entry
        which = (reached or min(steps, default=0) + 1) - 1
        said = f"step {which + 1} of {len(self.parts)} ({self.parts[which].event})"
        if not reached:
            return f"it is {said}; what goes before it did not come in {written(self.within_seconds)} s"
        began = starts[which]
        until = _clock((at if began is None else began) + self._span, near=at)
        return f"{said} came; {self.parts[reached].event} is awaited until {until}"

    def _in_any_order(self, log: list[Entry], own: int) -> _Seen:
        """Before the event came, no span had all steps: one that has them now has the event."""
        at = log[own][0]
        for place in range(own, len(log)):
            if log[place][0] - at > self._span:
                break
            if len(self._matched(log[: place + 1])) == len(self.parts):
                return _Seen(place, "")
        filled = self._matched(log[: own + 1])
        came = ", ".join(self.parts[step].event for step in sorted(filled))
        awaited = ", ".join(part.event for step, part in enumerate(self.parts) if step not in filled)
        until = _clock(min(log[place][0] for place in filled.values()) + self._span, near=at)
        told = f"{len(filled)} of {len(self.parts)} steps came ({came}); {awaited}"
        return _Seen(None, f"{told} {'is' if len(self.parts) - len(filled) == 1 else 'are'} awaited until {until}")

    def _matched(self, log: list[Entry]) -> dict[int, int]:
        """Which step is filled by which entry (its place), of those within the span before the last of them."""
        filled: dict[int, int] = {}
        for place in range(len(log) - 1, -1, -1):
            if log[-1][0] - log[place][0] > self._span or len(filled) == len(self.parts):
                break
            _augment(place, log, filled, set())
        return filled

    def _kept(self, state: Json, starts: Starts) -> Json:
        """The state with a log that is not too long."""
        log: list[Entry] = state["log"]
        if len(log) <= MAX_LOG:
            return state
        if self.ordered:
            kept = [*starts]
            self._advance(kept, log[0])
            return {"since": log[0][0], "starts": kept, "log": log[1:]}
        needed = {*self._matched(log).values()}
        gone = next(place for place in range(len(log)) if place not in needed)
        return {**state, "log": [*log[:gone], *log[gone + 1 :]]}


def _augment(place: int, log: list[Entry], filled: dict[int, int], tried: set[int]) -> bool:
    """Find a step for the entry, which others may have to leave for another."""
    for step in log[place][1]:
        if step not in tried:
            tried.add(step)
            if step not in filled or _augment(filled[step], log, filled, tried):
                filled[step] = place
                return True
    return False


def _is_one_of(part: Part, scope: Scope) -> bool:
    try:
        return part.holds(scope)
    except Exception:  # noqa: BLE001  a plugin's operator, in a step that was not needed to decide on the event
        return False


def _clock(instant: int, *, near: int) -> str:
    """An instant in a sentence, with its date when that is another."""
    then, now = (datetime.fromtimestamp(each // SECOND, UTC) for each in (instant, near))
    return f"{then:%H:%M:%S}Z" if then.date() == now.date() else f"{then:%Y-%m-%dT%H:%M:%S}Z"
