"""What the events of a window come to passes a value: it fires once, and again when that did not hold in between.

The window ends with the newest event, so nothing happens while none comes. An event that comes out of order is counted
at its own time.

**Shape** of the state: {"fired": bool, "log": [[instant, events, sum, least, greatest], ...], "values": {digest: newest
instant}}, oldest first. A log holds `MAX_ENTRIES`: in a window with more events, neighbours become one entry, at the
instant of the later one.
"""

import hashlib
import json
import operator
from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.expressions.paths import MISSING
from core.expressions.scope import Scope
from triggers.engine.detectors.base import SECOND, Json, Step, at_field, measured, written

MAX_ENTRIES = 1_000
MAX_VALUES = 1_000  # different ones that are counted: so `value` of a distinct is less

Aggregate = Literal["count", "sum", "avg", "min", "max", "distinct", "rate"]
Entry = list[Any]
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Threshold:
    """`aggregate` of `field` in `window_seconds` compared by `operator` with `value`."""

    aggregate: Aggregate
    value: float
    window_seconds: float
    operator: Literal["gt", "gte", "lt", "lte"] = "gte"
    field: str = ""
    key: str = ""
    kind: Literal["threshold"] = "threshold"

    @property
    def kept_seconds(self) -> float:
        return self.window_seconds

    def read(self, scope: Scope) -> Any:
        return at_field(self.field, scope)

    def step(self, state: Json, *, at: int, value: Any) -> Step:
        number = measured(value) if self.aggregate in _NUMERIC else 1
        if number is None or (self.aggregate == "distinct" and value is MISSING):
            why = "missing" if value is MISSING else "no number that can be added up"
            return Step(state, False, f"`{self.field}` is {why}: not counted")
        log, values = state.get("log", []), state.get("values", {})
        since = max([at, *(entry[0] for entry in log[-1:]), *values.values()]) - int(self.window_seconds * SECOND)
        if at <= since:
            return Step(state, False, "it came too late to be counted: the window ends with a newer event")
        log = [[*entry] for entry in log if entry[0] > since]
        values = {digest: seen for digest, seen in values.items() if seen > since}
        has_fired = state.get("fired", False) and self._holds(self._total(log, values))
        if self.aggregate == "distinct":
            values = _with(values, value, at=at)
        else:
            insort(log, [at, 1, number, number, number])
            log = _thinned(log)
        total = self._total(log, values)
        holds = self._holds(total)
        after = {"fired": has_fired or holds, "log": log, "values": values}
        return Step(after, holds and not has_fired, self._told(total, has_fired=has_fired and holds))

    def _holds(self, total: float | None) -> bool:
        return total is not None and _COMPARE[self.operator](total, self.value)

    def _total(self, log: Sequence[Entry], values: Json) -> float | None:
        """What the window comes to; None for what nothing has, such as an average of no event."""
        if self.aggregate == "distinct":
            return len(values)
        count = sum(entry[1] for entry in log)
        if self.aggregate in ("count", "rate"):
            return count if self.aggregate == "count" else float(count / self.window_seconds)
        return _NUMERIC[self.aggregate](log, count) if log else None

    def _told(self, total: float | None, *, has_fired: bool) -> str:
        window = f"in {written(self.window_seconds)} s"
        if self.aggregate == "count" and self.operator == "gte":
            said = f"seen {written(total or 0)} of {written(self.value)} {window}"
        else:
            of = f" of `{self.field}`" if self.field else ""
            asked = f"{self.operator} {written(self.value)}"
            said = f"{self.aggregate}{of} is {written(total or 0)} {window}; asked is {asked}"
        return f"{said}; it has fired, and does again after that did not hold" if has_fired else said


_NUMERIC: dict[str, Callable[[Sequence[Entry], int], float]] = {
    "sum": lambda log, _: float(sum(entry[2] for entry in log)),
    "avg": lambda log, count: float(sum(entry[2] for entry in log) / count),
    "min": lambda log, _: float(min(entry[3] for entry in log)),
    "max": lambda log, _: float(max(entry[4] for entry in log)),
}


def _with(values: Json, value: Any, *, at: int) -> Json:
    number = measured(value)
    text = json.dumps(value if number is None else number, sort_keys=True, default=str)
    digest = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    found = {**values, digest: max(at, values.get(digest, at))}
    kept = sorted(found.items(), key=lambda item: (item[1], item[0]))[-MAX_VALUES:]
    return dict(kept)


def _thinned(log: list[Entry]) -> list[Entry]:
    """The log with two neighbours made one, the two that lie closest, when it is too long."""
    if len(log) <= MAX_ENTRIES:
        return log
    place = min(range(len(log) - 1), key=lambda index: log[index + 1][0] - log[index][0])
    one, two = log[place], log[place + 1]
    merged = [two[0], one[1] + two[1], one[2] + two[2], min(one[3], two[3]), max(one[4], two[4])]
    return [*log[:place], merged, *log[place + 2 :]]
