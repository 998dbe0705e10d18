"""The actions of a run against time, as bars: what was tried when, and what was waited for between. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

WIDTH = 1000  # of the picture, in its own units: a bar is at least one of them
LIVE = {"running", "waiting", "needs_decision", "queued"}


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt, as its row has it."""

    number: int
    outcome: str
    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """One action, as its row has it."""

    id: UUID
    name: str
    type: str
    status: str
    started_at: datetime | None
    claimed_at: datetime | None
    finished_at: datetime | None
    tries: tuple[Try, ...]
    waits_for: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar: where it begins and how long it is, in `WIDTH`s, what it is, and that in words."""

    left: int
    width: int
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of the picture."""

    row: Row
    parts: tuple[Part, ...]

    @property
    def words(self) -> str:
        """All of it for who cannot see it."""
        return "; ".join(part.words for part in self.parts) or "has not begun"


def bars(rows: Iterable[Row], *, since: datetime, until: datetime) -> list[Bar]:
    """A bar for every action, within the time from `since` to `until`; what still goes on reaches to the end."""
    span_ms = max((until - since).total_seconds() * 1000, 1.0)
    return [Bar(row, tuple(_parts(row, since, until, span_ms))) for row in rows]


def _parts(row: Row, since: datetime, until: datetime, span_ms: float) -> Iterator[Part]:
    before: datetime | None = None
    for kind, words, begun, ended in _pieces(row, until):
        if before is not None and begun > before:
            yield _part("wait", "waited", before, begun, since, span_ms)
        yield _part(kind, words, begun, ended, since, span_ms)
        before = ended
    if before is not None and row.finished_at is not None and row.finished_at > before:
        yield _part("wait", "waited", before, row.finished_at, since, span_ms)


def _pieces(row: Row, until: datetime) -> Sequence[tuple[str, str, datetime, datetime]]:
    """The tries in their order, and what goes on now; an action that never was tried, such as a wait, is one piece."""
    found = [(each.outcome, f"attempt {each.number} {each.outcome}", each.started_at, each.finished_at)
             for each in sorted(row.tries, key=lambda each: each.number)]  # fmt: skip
    if not found and row.started_at is not None and row.finished_at is not None:
        return [(row.status, row.status, row.started_at, row.finished_at)]
    last = found[-1][3] if found else row.started_at
    if row.finished_at is None and last is not None and row.status in LIVE:
        begun = max(last, row.claimed_at or last) if row.status == "running" else last
        words = " ".join(filter(None, (row.status.replace("_", " "), row.waits_for and f"for {row.waits_for}")))
        found.append((row.status, words, begun, max(begun, until)))
    return found


def _part(kind: str, words: str, begun: datetime, ended: datetime, since: datetime, span_ms: float) -> Part:
    from_ms, took_ms = (begun - since).total_seconds() * 1000, (ended - begun).total_seconds() * 1000
    left = min(max(round(WIDTH * from_ms / span_ms), 0), WIDTH - 1)
    width = max(min(round(WIDTH * took_ms / span_ms), WIDTH - left), 1)
    return Part(left, width, kind, f"{words} after {from_ms:,.0f} ms, for {took_ms:,.0f} ms")
