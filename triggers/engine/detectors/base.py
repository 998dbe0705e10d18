"""What a detector is: it is shown the values of the events of one key, in turn, and says which of them fires."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from core.expressions import numbers, paths
from core.expressions.paths import MISSING
from core.expressions.scope import Scope

Json = dict[str, Any]
LARGEST = 10**100
SECOND = 1_000_000  # instants are whole microseconds since 1970: JSON that stays exact


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a value: the state after it, whether it fires, and a sentence for why (not).

    `due`: the instant at which it is to be asked (`Timed.overdue`) if nothing comes before.
    """

    state: Json
    fires: bool
    told: str
    due: int | None = None


class Detector(Protocol):
    """Counts what is alike in `key`, text with templates; without one, everything. `kind` is the word for decisions.

    A state may be forgotten after `kept_seconds` without an event.
    """

    @property
    def kind(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def kept_seconds(self) -> float: ...

    def read(self, scope: Scope) -> Any:
        """What it looks at of an event."""
        ...

    def step(self, state: Json, *, at: int, value: Any) -> Step:
        """Show it what it reads of an event that came `at`; `state` is {} at first, and is not changed."""
        ...


@dataclass(frozen=True, slots=True)
class Overdue:
    """A clock that ran out at `due`: it ran `since` then, for the event with this UUID. `state` is the one after it,
    `next_due` the instant of the next clock."""

    state: Json
    since: int
    due: int
    uid: str
    next_due: int | None


@runtime_checkable
class Timed(Detector, Protocol):
    """A detector for which time passes too: it fires when a clock runs out, and not with an event."""

    @property
    def missing(self) -> str:
        """The pattern of the types of what it waits for."""
        ...

    @property
    def within_seconds(self) -> float: ...

    def overdue(self, state: Json, *, at: int) -> Overdue | None:
        """The first of the clocks that had run out `at` this instant; None without one."""
        ...

    def forget(self, state: Json, *, until: int) -> Step:
        """The state without the clocks that began `until` then: it saw not all of what came since."""
        ...


def at_field(field: str, scope: Scope) -> Any:
    """The value at a path in the event's data; `MISSING` where there is none, and without a path."""
    return scope.resolve_data(paths.parse(field)) if field else MISSING


def measured(value: Any) -> float | None:
    """The number that a value is, or spells; None for what is none, or so large that sums of it have no value."""
    number = numbers.parse(value)
    return None if number is None or abs(number) > LARGEST else float(number)


def written(number: float) -> str:
    """A number in a sentence: 60 for 60.0, 0.3 for 0.1 + 0.2."""
    return f"{number:.12g}"
