"""What is said about a chaos test: what was done to the product, and what came of it."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from tests.chaos import oracle
from tests.chaos.faults import Plan
from tests.chaos.oracle import Story


@dataclass(frozen=True, slots=True)
class Report:
    """Numbers for people, by what they are about."""

    plan: Plan
    seconds: float
    injected: Mapping[str, int]
    numbers: Mapping[str, Any]
    violations: Sequence[str]

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=1, default=str)

    def _lines(self) -> Iterator[str]:
        yield f"chaos: seed {self.plan.seed}, {self.plan.runs} events, {self.seconds:.0f} s"
        for name, value in (*self.injected.items(), *self.numbers.items()):
            yield f"  {name:<40} {value}"
        yield f"violations: {len(self.violations)}"
        yield from (f"  {each}" for each in self.violations[:20])


def numbers(story: Story, *, struck_at: Sequence[datetime]) -> dict[str, Any]:
    """Counts of rows and calls, and how long it took until what had died was tried again."""
    calls = Counter(line.key for line in story.lines)
    waits = sorted(_recoveries(story, struck_at))
    return {
        "events accepted": len(story.accepted),
        "runs": len(story.runs),
        "runs by status": dict(Counter(status for _, status, _ in story.runs)),
        "actions": len(story.actions),
        "actions by status": dict(Counter(action.status for action in story.actions)),
        "calls at the receiver": len(story.lines),
        "keys called more than once": sum(number > 1 for number in calls.values()),
        "of these, refused before": len({line.key for line in story.lines if line.status == 503}),
        "calls after their action had completed": oracle.late(story),
        "attempts lost": len(story.recoveries),
        "attempts lost and tried again": len(waits),
        "recovery, max seconds": round(waits[-1], 1) if waits else None,
        "recovery, p95 seconds": round(waits[int(0.95 * (len(waits) - 1))], 1) if waits else None,
    }


def _recoveries(story: Story, struck_at: Sequence[datetime]) -> Iterator[float]:
    """From the fault that struck a lost attempt, the first after its claim, to the next claim."""
    for claimed_at, next_at in story.recoveries:
        faults = [at for at in struck_at if claimed_at <= at]
        if next_at is not None and faults and faults[0] < next_at:
            yield (next_at - faults[0]).total_seconds()
