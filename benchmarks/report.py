"""What is said about rounds: a table for people, gates, and a file with everything."""

import json
import os
import platform
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from benchmarks.rounds import MOST_STOLEN_PERCENT, SUBJECTS, Round, Rounds
from benchmarks.subjects import BARE, FAST_FORWARD, STRICT
from tests import broker

DIRECTORY = ".benchmarks"
MOST_DRIFT_PERCENT = 10.0
MOST_OTHERS_PERCENT = 5.0
GATED_LENGTH = 5
POSTGRES_SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")

HEADINGS = (
    "  N  subject       actions/s (min-max)   of bare (min-max)   of commits   "
    "CPU us/action  worker    pg  valkey   writes  commits     WAL B  messages"
)


@dataclass(frozen=True, slots=True)
class Gate:
    """Something that has to hold."""

    text: str
    found: float
    limit: float
    is_upper: bool = False

    @property
    def holds(self) -> bool:
        return self.found <= self.limit if self.is_upper else self.found >= self.limit

    def __str__(self) -> str:
        sign = "<=" if self.is_upper else ">="
        return f"{'ok    ' if self.holds else 'MISSED'}  {self.text}: {self.found:.2f} (gate: {sign} {self.limit})"


def gates(all_rounds: Sequence[Rounds]) -> list[Gate]:
    """What the benchmark promises, by the medians."""
    (rounds,) = (each for each in all_rounds if each.length == GATED_LENGTH)

    def ratio(subject: str) -> float:
        return statistics.median(each.over_bare(subject) for each in rounds.kept)

    writes = statistics.median(each.measured[STRICT.name].write_transactions_per_action for each in rounds.kept)
    return [
        Gate("strict, actions/s of bare Celery's, N = 5", ratio(STRICT.name), 0.45),
        Gate("fast-forward, actions/s of bare Celery's, N = 5", ratio(FAST_FORWARD.name), 1.3),
        Gate("strict, writing commits per action, N = 5", writes, 1.5, is_upper=True),
    ]


def table(all_rounds: Sequence[Rounds]) -> str:
    """The medians, with the lowest and the highest of what matters."""
    rows = [_row(rounds, subject.name) for rounds in all_rounds for subject in SUBJECTS]
    return "\n".join([HEADINGS, *rows, *_notes(all_rounds)])


def _row(rounds: Rounds, subject: str) -> str:
    def median(name: str) -> float:
        return statistics.median(float(getattr(each.measured[subject], name)) for each in rounds.kept)

    def spread(value: Callable[[Round], float], form: str) -> str:
        values = sorted(value(each) for each in rounds.kept)
        return f"{statistics.median(values):{form}} ({values[0]:{form}}-{values[-1]:{form}})"

    rate = spread(lambda each: each.measured[subject].actions_per_second, ".0f")
    bare = spread(lambda each: each.over_bare(subject), ".2f")
    commits = statistics.median(each.over_commits(subject) for each in rounds.kept)
    return (
        f"{rounds.length:>3}  {subject:<12}  {rate:>19}   {bare:>17}   {commits:>10.2f}   "
        f"{median('cpu_us_per_action'):>13.0f}  {median('worker_us_per_action'):>6.0f}"
        f"{median('postgres_us_per_action'):>6.0f}  {median('valkey_us_per_action'):>6.0f}   "
        f"{median('write_transactions_per_action'):>6.2f}  {median('commits_per_action'):>7.2f}  "
        f"{median('wal_bytes_per_action'):>8.0f}  {median('messages_per_action'):>8.2f}"
    )


def _notes(all_rounds: Sequence[Rounds]) -> Iterator[str]:
    kept = [each for rounds in all_rounds for each in rounds.kept]
    anchors = [each.commits_per_second for each in kept]
    bare = [[each.measured[BARE.name].actions_per_second for each in rounds.kept] for rounds in all_rounds]
    measured = [one for each in kept for one in each.measured.values()]
    drift = max(map(_drift, [anchors, *bare]))
    others, stolen = max(one.others_percent for one in measured), max(one.stolen_percent for one in measured)
    yield f"durable commits/s, 1 client: {statistics.median(anchors):.0f} ({min(anchors):.0f}-{max(anchors):.0f})"
    yield f"shortest measurement: {min(one.seconds for one in measured):.1f} s"
    yield f"rounds repeated for stolen time: {sum(len(rounds.rejected) for rounds in all_rounds)}"
    if stolen > MOST_STOLEN_PERCENT:
        yield f"NOISY: the hypervisor took {stolen:.1f} % of a measurement that was kept"
    if others > MOST_OTHERS_PERCENT:
        yield f"NOT QUIET: other programs used up to {others:.0f} % of the machine: quote no number of this run"
    if drift > MOST_DRIFT_PERCENT:
        yield f"DRIFT: an anchor moved by {drift:.0f} % during the run: trust the ratios, not the rates"


def _drift(values: Sequence[float]) -> float:
    """How far the anchor wandered, in percent of its median."""
    return (max(values) - min(values)) / statistics.median(values) * 100


def save(all_rounds: Sequence[Rounds], found: Sequence[Gate]) -> Path:
    """Write everything that was measured, and on what; returns where."""
    now = datetime.now(UTC)
    path = Path(settings.BASE_DIR) / DIRECTORY / f"chain-{now:%Y-%m-%dT%H%M%SZ}.json"
    path.parent.mkdir(exist_ok=True)
    content = {
        "at": now.isoformat(),
        "machine": _machine(),
        "gates": [{**asdict(gate), "holds": gate.holds} for gate in found],
        "rounds": [asdict(rounds) for rounds in all_rounds],
    }
    path.write_text(json.dumps(content, indent=1))
    return path


def _machine() -> dict[str, Any]:
    cpu = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "name" in line]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(POSTGRES_SETTINGS)])
        postgres = dict(cursor.fetchall())
    return {
        "processor": cpu[0] if cpu else platform.machine(),
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "celery": version("celery"),
        "django": version("django"),
        "postgres": postgres,
        "valkey": broker.connect().info("server").get("valkey_version"),
    }
