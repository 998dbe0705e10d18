"""What a test came to: each action in the order in which it had its turn, as people see it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from core.errors import Problem
from core.redaction import Redactor
from core.redaction.shortening import size_bytes
from workflows.definitions.plan import Plan
from workflows.engine import planner
from workflows.engine.states import FINISHED_ACTION
from workflows.models import ActionRun
from workflows.services import containers
from workflows.services.rehearsal.script import Source

Json = dict[str, Any]

MAX_OUTPUT_BYTES = 64 * 1024  # of one output as it is shown
MAX_SHOWN_BYTES = 4 * 1024 * 1024  # of all actions; what comes after is told without what went in and came out

_SHOWN = Redactor()


@dataclass
class Entry:
    """What is known of one row so far. `why` says why it was left out, `waits_for` what its last wait was about."""

    row: ActionRun
    source: Source | None = None
    input: Json | None = None
    would: Json | None = None
    why: str = ""
    waits_for: Json | None = None


@dataclass(frozen=True, slots=True)
class Performed:
    """One action of the answer. `is_cut`: what went in and came out is left out, since the answer is long."""

    action: str
    iteration: str
    type: str
    status: str
    attempts: int
    source: Source | None
    input: Json | None
    output: Json | None
    would: Json | None
    error: Json | None
    ports: tuple[str, ...]
    why: str
    waits_for: Json | None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Following:
    """An action whose turn comes next, or that waits until its time."""

    action: str
    iteration: str
    status: str


@dataclass(frozen=True, slots=True)
class Report:
    """How a test went. `status` is that of the run; `stopped` where it did not come to its end, `stopped_by` says why:
    until, steps, limit or waiting.
    """

    status: str
    stopped_by: str = ""
    output: Json | None = None
    error: Json | None = None
    variables: Json = field(default_factory=dict)
    actions: tuple[Performed, ...] = ()
    next: tuple[Following, ...] = ()
    problems: tuple[Problem, ...] = ()


def performed(entries: Iterable[Entry], plan: Plan) -> tuple[Performed, ...]:
    """The entries as they are shown: without secrets, and no longer than an answer may be."""
    found, used = [], 0
    for entry in entries:
        shown = _shown(entry, plan)
        used += size_bytes([shown.input, shown.output, shown.would])
        if used > MAX_SHOWN_BYTES:
            shown = _cut(shown)
        found.append(shown)
    return tuple(found)


def _shown(entry: Entry, plan: Plan) -> Performed:
    row = entry.row
    return Performed(
        action=row.key,
        iteration=row.iteration,
        type=row.type,
        status=str(row.status),
        attempts=row.attempt,
        source=entry.source,
        input=entry.input,
        output=_clean(row.output),
        would=entry.would,
        error=_clean(row.error),
        ports=_ports(row, plan),
        why=entry.why,
        waits_for=entry.waits_for,
    )


def _cut(shown: Performed) -> Performed:
    return Performed(
        shown.action, shown.iteration, shown.type, shown.status, shown.attempts, shown.source, None, None, None,
        shown.error, shown.ports, shown.why, None, is_cut=True,
    )  # fmt: skip


def _clean(value: Json | None) -> Json | None:
    return None if value is None else _SHOWN.clean(value, max_bytes=MAX_OUTPUT_BYTES)


def _ports(row: ActionRun, plan: Plan) -> tuple[str, ...]:
    """The ports that fired; items of loops and what undoes fire none."""
    graph = plan.graph_of(row.key, row.iteration)
    if graph is None or row.status not in FINISHED_ACTION:
        return ()
    return tuple(sorted(planner.fired(graph.by_key[row.key], containers.state_of(row))))
