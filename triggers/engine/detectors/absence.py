"""What was to come does not: a clock runs for each key, and it fires when the clock runs out.

With `after`, the first such event that is not answered yet starts the clock, and an event that is missed answers those
before it. Without, each event starts the clock anew. Events are told apart and ordered by (when they were received,
their UUID), so it does not matter much in which order they are decided on: one that answers is remembered, and a clock
that ran out is kept until somebody asks, since the event that answers it may still come to be decided on.

**Shape** of the state: {"clock": clock or null, "lapsed": [clock, ...], "seen": place or null, "told": instant}. A
place is [instant, UUID]; a clock is {"since", "last": places of the first and the last event that it runs for}, and in
`lapsed` "until", the instant of the heartbeat before which it ran out. "seen" is the newest event that was waited for,
"told" when the newest clock ran out that fired.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Self

from core.expressions.scope import Scope
from triggers.engine.covering import Part
from triggers.engine.detectors.base import SECOND, Json, Overdue, Step

MAX_LAPSED = 100  # clocks of a key that ran out since somebody last looked, every second or so

_FIRED = "it came late: that nothing came after one before it has fired already"
Place = list[Any]
EVENT, AFTER = "event", "after"


@dataclass(frozen=True, slots=True)
class Absence:
    """None of `wanted` within `within_seconds` after one of `after`; without that, after the last of `wanted`."""

    wanted: Part
    within_seconds: float
    after: Part | None = None
    key: str = ""
    kind: Literal["absence"] = "absence"

    @property
    def kept_seconds(self) -> float:
        return self.within_seconds

    @property
    def missing(self) -> str:
        return self.wanted.event

    def read(self, scope: Scope) -> tuple[str, str] | None:
        """Which part an event plays, and its UUID. One that is both is what was waited for, and starts no clock."""
        uid = scope.names["event"]["uid"]
        if self.wanted.holds(scope):
            return EVENT, uid
        return (AFTER, uid) if self.after is not None and self.after.holds(scope) else None

    def step(self, state: Json, *, at: int, value: Any) -> Step:
        clocks = _Clocks.of(state, int(self.within_seconds * SECOND))
        if value is None:
            return Step(state, False, "it neither is waited for nor starts to wait", clocks.due)
        part, uid = value
        if self.after is None:
            told = self._beat(clocks, [at, uid])
        else:
            told = self._answer(clocks, [at, uid]) if part == EVENT else self._start(clocks, [at, uid])
        return Step(clocks.to_json(), False, told, clocks.due)

    def overdue(self, state: Json, *, at: int) -> Overdue | None:
        clocks = _Clocks.of(state, int(self.within_seconds * SECOND))
        due = clocks.due
        if due is None or due > at:
            return None
        clock = clocks.take_first()
        since, uid = clock["since"]
        clocks.told = max(clocks.told, due)
        return Overdue(clocks.to_json(), since, due, uid, clocks.due)

    def forget(self, state: Json, *, until: int) -> Step:
        clocks = _Clocks.of(state, int(self.within_seconds * SECOND))
        clocks.lapsed = [each for each in clocks.lapsed if each["since"][0] > until]
        if clocks.clock and clocks.clock["since"][0] <= until:
            last = clocks.clock["last"]
            clocks.clock = _clock(last) if last[0] > until else None
        return Step(clocks.to_json(), False, "it did not listen all the time", clocks.due)

    def _start(self, clocks: "_Clocks", place: Place) -> str:
        clock = clocks.clock
        if place[0] <= clocks.told or any(clocks.is_within(place, each) for each in clocks.lapsed):
            return _FIRED
        if clocks.seen and place < clocks.seen:
            return f"{self.missing} came after it already"
        if clock is None or place[0] > clocks.due_of(clock):
            clocks.lapse()
            clock = clocks.clock = _clock(place)
        elif place < clock["since"]:
            if place[0] + clocks.within < clock["since"][0]:  # one that came late: its clock has run out
                clocks.keep(_clock(place))
                return self._waits(clocks, _clock(place))
            clock["since"] = place
        else:
            clock["last"] = max(clock["last"], place)
            return f"{self._waits(clocks, clock)}, since {written_instant(clock['since'][0])}"
        return self._waits(clocks, clock)

    def _answer(self, clocks: "_Clocks", place: Place) -> str:
        clock, before = clocks.clock, len(clocks.lapsed)
        clocks.seen = max(clocks.seen or place, place)
        clocks.lapsed = [each for each in clocks.lapsed if not clocks.is_within(place, each)]
        if clock is not None and clocks.is_within(place, clock):
            clocks.clock = _clock(clock["last"]) if clock["last"] > place else None
        elif clock is not None and place[0] > clocks.due_of(clock):
            clocks.lapse()
            return f"{self.missing} came too late: it was waited for until {written_instant(clocks.due_of(clock))}"
        elif before == len(clocks.lapsed):
            return "nothing waited for it"
        return f"{self.missing} came in time"

    def _beat(self, clocks: "_Clocks", place: Place) -> str:
        clocks.beat_before(place)
        clock = clocks.clock
        newest = clock["since"] if clock else clocks.seen or place
        if place < newest:
            return "a newer one came already"
        if place[0] <= clocks.told:
            return _FIRED
        clocks.seen, told = place, ""
        if clock is not None and place[0] > clocks.due_of(clock):
            clocks.lapse(until=place[0])
            told = f"it came too late: it was waited for until {written_instant(clocks.due_of(clock))}; "
        elif clock is not None:
            told = "it came in time; "
        clocks.clock = _clock(place)
        return f"{told}{self._waits(clocks, clocks.clock)}"

    def _waits(self, clocks: "_Clocks", clock: Json) -> str:
        return f"waits for {self.missing} until {written_instant(clocks.due_of(clock))}"


@dataclass(slots=True)
class _Clocks:
    """The state while it is changed."""

    within: int
    clock: Json | None = None
    lapsed: list[Json] = field(default_factory=list)
    seen: Place | None = None
    told: int = -1

    @classmethod
    def of(cls, state: Json, within: int) -> Self:
        clock = state.get("clock")
        lapsed = [{**each} for each in state.get("lapsed", ())]
        return cls(within, {**clock} if clock else None, lapsed, state.get("seen"), state.get("told", -1))

    def to_json(self) -> Json:
        return {"clock": self.clock, "lapsed": self.lapsed, "seen": self.seen, "told": self.told}

    @property
    def due(self) -> int | None:
        """When the first of the clocks runs out, or ran out."""
        return min(map(self.due_of, self._all()), default=None)

    def due_of(self, clock: Json) -> int:
        return int(clock["since"][0]) + self.within

    def is_within(self, place: Place, clock: Json) -> bool:
        return bool(clock["since"] < place and place[0] <= self.due_of(clock))

    def take_first(self) -> Json:
        """Take out the clock that runs out first."""
        first = min(self._all(), key=self.due_of)
        if first is self.clock:
            self.clock = None
        else:
            self.lapsed.remove(first)
        return first

    def lapse(self, **changes: Any) -> None:
        """The clock has run out; so it is kept until somebody asks."""
        if self.clock is not None:
            self.keep({**self.clock, **changes})
        self.clock = None

    def keep(self, clock: Json) -> None:
        self.lapsed = sorted([*self.lapsed, clock], key=self.due_of)[:MAX_LAPSED]

    def beat_before(self, place: Place) -> None:
        """One that is decided on late makes a silence shorter, or ends it: it began later, or ended before."""
        for clock in [each for each in self.lapsed if each["since"] < place and place[0] <= each["until"]]:
            self.lapsed.remove(clock)
            if not self.is_within(place, clock):
                self.keep({**clock, "until": place[0]})
            elif clock["until"] > place[0] + self.within:
                self.keep({**clock, "since": place, "last": place})

    def _all(self) -> list[Json]:
        return [*self.lapsed, *([self.clock] if self.clock else [])]


def _clock(place: Place) -> Json:
    return {"since": place, "last": place}


def written_instant(at: int) -> str:
    """An instant in a sentence: to the second, in UTC."""
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
