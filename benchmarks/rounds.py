"""Rounds: every subject once, in turn, with the anchor beside them; noisy rounds are repeated."""

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks import measuring
from benchmarks.measuring import Measurement
from benchmarks.subjects import BARE, FAST_FORWARD, STRICT, Subject

SUBJECTS: tuple[Subject, ...] = (STRICT, BARE, FAST_FORWARD)
SECONDS = 3.5  # of a measurement, by the rates of the first, uncounted round; what lasts less says little
FEWEST_ACTIONS = 500
MOST_STOLEN_PERCENT = 3.0


@dataclass(frozen=True)
class Round:
    """What was measured one right after the other, at one length, by subject."""

    commits_per_second: float
    measured: dict[str, Measurement]

    @property
    def is_noisy(self) -> bool:
        """Whether the hypervisor gave too much of the time to others."""
        return any(each.stolen_percent > MOST_STOLEN_PERCENT for each in self.measured.values())

    def over_bare(self, subject: str) -> float:
        return self.measured[subject].actions_per_second / self.measured[BARE.name].actions_per_second

    def over_commits(self, subject: str) -> float:
        return self.measured[subject].actions_per_second / self.commits_per_second


@dataclass
class Rounds:
    """All rounds of one length; `rejected` are those that were repeated because of stolen time."""

    length: int
    kept: list[Round] = field(default_factory=list)
    rejected: list[Round] = field(default_factory=list)


def warm_up(length: int) -> dict[str, float]:
    """Actions per second of each subject in a small round that does not count."""
    runs = max(1, FEWEST_ACTIONS // length)
    return {each.name: measuring.measure(each, length=length, runs=runs).actions_per_second for each in SUBJECTS}


def run(length: int, *, number: int, rates: dict[str, float], say: Callable[[Round], None]) -> Rounds:
    """So many rounds; the order of the subjects turns round each time. At most `number` are repeated."""
    rounds = Rounds(length)
    order = list(SUBJECTS)
    while len(rounds.kept) < number:
        done = _round(order, length=length, rates=rates)
        is_rejected = done.is_noisy and len(rounds.rejected) < number
        (rounds.rejected if is_rejected else rounds.kept).append(done)
        say(done)
        order.reverse()
    return rounds


def _round(order: list[Subject], *, length: int, rates: dict[str, float]) -> Round:
    commits_per_second = measuring.durable_commits_per_second()
    measured = {}
    for subject in order:
        actions = max(FEWEST_ACTIONS, int(rates[subject.name] * SECONDS / 0.9))
        measured[subject.name] = measuring.measure(subject, length=length, runs=-(-actions // length))
    return Round(commits_per_second, measured)
