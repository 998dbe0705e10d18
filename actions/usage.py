"""What actions use up, counted by name: adding it up, so that a thousand costs of 0.1 are 100.0 and nothing else."""

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal

Usage = Mapping[str, int | float]

PLACES = 10  # behind the point of what is no whole number: a token of the cheapest model costs more than that
HTTP_CALLS = "http_calls"  # requests to APIs that were answered, whatever the answer was; webhooks are counted apart
NAMES = ("ai_tokens", "estimated_cost", "webhooks_called", HTTP_CALLS, "emails_sent")  # of every run, at least as 0


def added(counts: Iterable[Usage]) -> dict[str, int | float]:
    """The sum by name, whole numbers staying whole; others are added as decimals and kept to ten places."""
    sums: dict[str, int | Decimal] = {}
    for each in counts:
        for name, count in each.items():
            sums[name] = sums.get(name, 0) + (Decimal(repr(count)) if isinstance(count, float) else count)
    return {name: total if isinstance(total, int) else round(float(total), PLACES) for name, total in sums.items()}


def check(counts: object) -> None:
    """Raise TypeError for anything but finite numbers by name: it could not be stored afterwards."""
    if not isinstance(counts, dict):
        raise TypeError("usage is a dict")
    if not all(isinstance(count, int | float) and math.isfinite(count) for count in counts.values()):
        raise TypeError("usage is counted in numbers")
