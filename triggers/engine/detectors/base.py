"""What a detector is: it is shown the values of the events of one key, in turn, and says which of them fires."""

from dataclasses import dataclass
from typing import Any, Protocol

from core.expressions import numbers, paths
from core.expressions.paths import MISSING
from core.expressions.scope import Scope

Json = dict[str, Any]
LARGEST = 10**100
SECOND = 1_000_000  # instants are whole microseconds since 1970: JSON that stays exact


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a value: the state after it, whether it fires, and a sentence for why (not)."""

    state: Json
    fires: bool
    told: str


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
