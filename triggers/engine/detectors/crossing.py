"""A value passes a line: it fires once, and again when the value was clearly on the other side in between.

**Shape** of the state: {"above": bool, "at": when the newest value came}.
"""

from dataclasses import dataclass
from typing import Any, Literal

from core.expressions.scope import Scope
from triggers.engine.detectors.base import Json, Step, at_field, measured, written

KEPT_SECONDS = 90 * 86_400.0


@dataclass(frozen=True, slots=True)
class Crossing:
    """Above and below, with room between them, so that a value that trembles at the line fires once.

    1. `up`: above from `value` on; below again under `value - hysteresis`.
    2. `down`: below from `value` down; above again over `value + hysteresis`.
    3. `both`: above from `value + hysteresis` on, below under `value - hysteresis`.
    """

    field: str
    value: float
    direction: Literal["up", "down", "both"] = "up"
    hysteresis: float = 0
    key: str = ""
    kind: Literal["crossing"] = "crossing"
    kept_seconds: float = KEPT_SECONDS

    def read(self, scope: Scope) -> Any:
        return at_field(self.field, scope)

    def step(self, state: Json, *, at: int, value: Any) -> Step:
        number = measured(value)
        if number is None:
            return Step(state, False, f"`{self.field}` is no number, so on no side of {written(self.value)}")
        if at < state.get("at", at):
            return Step(state, False, "it came before an event that was decided on already")
        was = state.get("above")
        is_above = self._is_above(number, was=was)
        told = f"`{self.field}` is {written(number)}, {'above' if is_above else 'below'} the line {written(self.value)}"
        after = {"above": is_above, "at": at}
        if was is None:
            return Step(after, False, f"{told}; it is the first value, which passes nothing")
        if was is is_above:
            return Step(after, False, f"{told}, as before")
        return Step(after, self.direction == "both" or (self.direction == "up") is is_above, f"{told} now")

    def _is_above(self, number: float, *, was: bool | None) -> bool:
        if self.direction == "up":
            return number >= self.value - (self.hysteresis if was else 0)
        if self.direction == "down":
            return number > self.value + (self.hysteresis if was is False else 0)
        if was is None:
            return number >= self.value
        return number >= self.value - self.hysteresis if was else number >= self.value + self.hysteresis
