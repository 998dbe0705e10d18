"""A value lies far from those before it: it fires once, and again when a value that was expected came in between.

What is expected comes from the newest `window` values that came before it, by when they came. An outlier is one of them
for those after it, so that a new level becomes the expected one. An event that comes out of order takes its place among
the others: it is compared with those before it, and does not fire beside an outlier.

**Shape** of the state: {"log": [[instant, number, whether it is an outlier], ...]}, oldest first, `window` of them.

**Source**: `mad` is the modified z-score of Iglewicz and Hoaglin, "How to Detect and Handle Outliers", ASQC 1993, with
3.5; where more than half of the values are alike, its spread is the mean absolute deviation, as IBM Cognos does it.
`iqr` has the fences of Tukey, "Exploratory Data Analysis", 1977, with 1.5; quartiles are number 7 of Hyndman and Fan.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median, quantiles
from typing import Any, Literal

from core.expressions.paths import MISSING
from core.expressions.scope import Scope
from triggers.engine.detectors.base import Json, Step, at_field, measured

KEPT_SECONDS = 90 * 86_400.0
MIN_WINDOW, MAX_WINDOW = 10, 1_000  # values of a key: some 40 kB of state at most

# Numbers that are nearer to each other are the same: 0.1 + 0.2 is no outlier among values of 0.3.
NOISE_SHARE, NOISE = 1e-9, 1e-12

Method = Literal["zscore", "mad", "iqr"]
DEFAULT_SENSITIVITY: dict[Method, float] = {"zscore": 3, "mad": 3.5, "iqr": 1.5}
Entry = list[Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """What values a baseline lets expect, how that is said, and the score of a value that is not expected."""

    low: float
    high: float
    told: str
    name: str
    score: Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Anomaly:
    """`sensitivity`: how many deviations from the middle, or for `iqr` from the middle half, are still expected.

    Nothing is an outlier before there are `min_values` to compare with. Among values that are all alike, and for `iqr`
    where the middle half of them is, every other value is one.
    """

    field: str
    method: Method = "zscore"
    sensitivity: float = DEFAULT_SENSITIVITY["zscore"]
    window: int = 100
    direction: Literal["up", "down", "both"] = "both"
    min_values: int = 10
    key: str = ""
    kind: Literal["anomaly"] = "anomaly"
    kept_seconds: float = KEPT_SECONDS

    def read(self, scope: Scope) -> Any:
        return at_field(self.field, scope)

    def step(self, state: Json, *, at: int, value: Any) -> Step:
        number = measured(value)
        if number is None:
            why = "missing" if value is MISSING else "no number"
            return Step(state, False, f"`{self.field}` is {why}: not counted")
        log: list[Entry] = state.get("log", [])
        place = bisect_right(log, at, key=lambda entry: entry[0])
        if not place and len(log) >= self.window:
            return Step(state, False, "it came too late to be counted: newer values fill the window")
        baseline = [entry[1] for entry in log[:place]]
        told = f"`{self.field}` is {_written(number)}"
        is_outlier = False
        if len(baseline) < self.min_values:
            told = f"{told}; {len(baseline)} of {self.min_values} values are there to compare it with"
        else:
            expected = _METHODS[self.method](baseline, self.sensitivity)
            is_outlier = self._is_outlier(number, expected)
            told = f"{told}; {self._told(number, expected)}"
        fires = is_outlier and not any(entry[2] for entry in (*log[:place][-1:], *log[place : place + 1]))
        if is_outlier and not fires:
            told = f"{told}; it has fired, and does again after a value that is expected"
        after = [*log[:place], [at, number, is_outlier], *log[place:]][-self.window :]
        return Step({"log": after}, fires, told)

    def _is_outlier(self, number: float, expected: Expected) -> bool:
        is_above = number > expected.high and not _alike(number, expected.high)
        is_below = number < expected.low and not _alike(number, expected.low)
        return (is_above and self.direction != "down") or (is_below and self.direction != "up")

    def _told(self, number: float, expected: Expected) -> str:
        low, high = _written(expected.low), _written(expected.high)
        asked = {"up": f"at most {high}", "down": f"at least {low}", "both": f"{low}..{high}"}[self.direction]
        said = f"expected {asked} ({expected.told})"
        score = expected.score(number)
        return f"{said}, {expected.name} = {score:.3g}" if math.isfinite(score) else said


def _alike(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=NOISE_SHARE, abs_tol=NOISE)


def _by_zscore(values: Sequence[float], sensitivity: float) -> Expected:
    """The mean, and the deviation of a sample (n - 1)."""
    mean = fmean(values)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    told = f"mean {_written(mean)}, deviation {_written(deviation)} of {len(values)} values"
    return _around(mean, deviation, sensitivity, told, "z")


def _by_mad(values: Sequence[float], sensitivity: float) -> Expected:
    middle = median(values)
    away = [abs(value - middle) for value in values]
    if mad := median(away):
        told = f"median {_written(middle)}, median deviation {_written(mad)} of {len(values)} values"
        return _around(middle, mad / 0.6745, sensitivity, told, "modified z")
    mean = fmean(away)
    told = f"median {_written(middle)}, mean deviation {_written(mean)} of {len(values)} values"
    return _around(middle, mean * 1.253314, sensitivity, told, "modified z")


def _by_iqr(values: Sequence[float], sensitivity: float) -> Expected:
    first, _, third = quantiles(values, n=4, method="inclusive")
    reach = third - first
    told = f"quartiles {_written(first)} and {_written(third)} of {len(values)} values"

    def score(number: float) -> float:
        beyond = max(first - number, number - third, 0)
        return beyond / reach if reach else math.inf

    return Expected(first - sensitivity * reach, third + sensitivity * reach, told, "ranges outside", score)


def _around(middle: float, deviation: float, sensitivity: float, told: str, name: str) -> Expected:
    reach = sensitivity * deviation
    return Expected(
        middle - reach,
        middle + reach,
        told,
        name,
        lambda number: (number - middle) / deviation if deviation else math.inf,
    )


_METHODS: dict[Method, Callable[[Sequence[float], float], Expected]] = {
    "zscore": _by_zscore, "mad": _by_mad, "iqr": _by_iqr,
}  # fmt: skip


def _written(number: float) -> str:
    """Six digits, since a mean or a deviation has as many as a float can hold."""
    return f"{number:.6g}"
