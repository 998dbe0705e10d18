"""What became of all events of a workspace, added up from three sources that know nothing of each other.

1. `summaries`: what is stored with each event (`Event.decision`).
2. `rows`: firings and decisions, and subscriptions for how many listened.
3. `tallies`: what the transactions that decided have counted. They know no time, so they are of all events.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection

from core import ids, tenancy
from triggers.engine import patterns
from triggers.models import Subscription, Trigger
from triggers.services import tallies

VERDICTS = ("fired", "suppressed", "failed", "pending")


@dataclass(frozen=True, slots=True)
class Ledger:
    """`candidates` are the pairs of an event and a trigger that listened to it; each was given one verdict, or did not
    match. `events` is None where nobody counted them."""

    source: str
    events: int | None
    candidates: int
    fired: int
    suppressed: int
    failed: int
    pending: int

    @property
    def not_matched(self) -> int:
        """What is left: nothing is stored of what did not match."""
        return self.candidates - self.fired - self.suppressed - self.failed - self.pending


@dataclass(frozen=True, slots=True)
class Group:
    """Events to which the same triggers listened, and how many of those their summaries speak of altogether."""

    type: str
    generation: int
    is_public: bool
    addressee: UUID | None
    events: int
    summed: int


@dataclass(frozen=True)
class Listeners:
    """All subscriptions of the workspace in scope, to count who listened at a generation."""

    rows: list[tuple[UUID, str, int, int | None]]

    @classmethod
    def read(cls) -> "Listeners":
        return cls(list(Subscription.objects.order_by().values_list("trigger_id", "event_type", "since", "until")))

    def candidates(self, group: Group) -> int:
        """How many listened to each event of the group."""
        since, until = self._spans(group.type) if group.is_public else ([], [])
        number = bisect_right(since, group.generation) - bisect_right(until, group.generation)
        return number + (group.addressee is not None and self._is_apart(group))

    def _is_apart(self, group: Group) -> bool:
        """Whether its addressee listens, and is not among those who listen to its type."""
        return any(
            not (group.is_public and pattern and patterns.matches(pattern, group.type))
            for pattern, since, until in self._own.get(group.addressee, ())
            if since <= group.generation and (until is None or group.generation < until)
        )

    @cached_property
    def _own(self) -> dict[UUID | None, list[tuple[str, int, int | None]]]:
        own: dict[UUID | None, list[tuple[str, int, int | None]]] = defaultdict(list)
        for trigger_id, pattern, since, until in self.rows:
            own[trigger_id].append((pattern, since, until))
        return dict(own)

    @cached_property
    def _known(self) -> dict[str, tuple[list[int], list[int]]]:
        return {}

    def _spans(self, type_: str) -> tuple[list[int], list[int]]:
        """The generations at which listening to a type began and ended, each in order."""
        if type_ not in self._known:
            fit = [row for row in self.rows if row[1] and patterns.matches(row[1], type_)]
            ends = sorted(until for *_, until in fit if until is not None)
            self._known[type_] = sorted(since for _, _, since, _ in fit), ends
        return self._known[type_]


def parameters(since: datetime | None) -> dict[str, Any]:
    """What the statements here and in `drifts` are given."""
    first = ids.floor(since) if since else None
    return {"workspace": tenancy.current_workspace_id(), "since": since, "first": first}


def of_period(since: datetime | None) -> str:
    """The condition that an event `e` is of the workspace, and came since then. Made of constants."""
    later = "AND e.id >= %(first)s AND e.received_at >= %(since)s"
    return f"e.workspace_id = %(workspace)s {later if since else ''}"


def fetch(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What a statement finds, with these parameters."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def summaries(since: datetime | None) -> Ledger:
    """Added up from what is stored with each event."""
    names = ("candidates", *VERDICTS)
    sums = ", ".join(f"coalesce(sum((e.decision ->> '{name}')::bigint), 0)::bigint" for name in names)
    statement = f"SELECT count(*), {sums} FROM triggers_event e WHERE e.decision IS NOT NULL AND {of_period(since)}"  # noqa: S608
    return Ledger("summaries", *fetch(statement, parameters(since))[0])


def rows(since: datetime | None, *, found: list[Group], listeners: Listeners) -> Ledger:
    """Counted from the rows, the candidates from the subscriptions that were in force."""
    counted = dict(fetch(_ROWS.format(period=of_period(since)), parameters(since)))
    candidates = sum(group.events * listeners.candidates(group) for group in found)
    return Ledger("rows", sum(each.events for each in found), candidates, *(counted.get(name, 0) for name in VERDICTS))


# Events of before there were decisions have no generation, and nothing to be compared with.
_ROWS = """
SELECT 'fired', count(*) FROM triggers_firing f JOIN triggers_event e ON e.id = f.event_id
WHERE e.generation IS NOT NULL AND {period}
UNION ALL
SELECT d.verdict, count(*) FROM triggers_decision d JOIN triggers_event e ON e.id = d.event_id
WHERE e.generation IS NOT NULL AND {period} GROUP BY d.verdict
"""


def groups(since: datetime | None) -> Iterator[Group]:
    """The decided events, by what they have in common."""
    for row in fetch(_GROUPS.format(period=of_period(since)), parameters(since)):
        yield Group(*row)


_GROUPS = """
SELECT e.type, e.generation, e.is_public, e.addressee, count(*),
    coalesce(sum((e.decision ->> 'candidates')::bigint), 0)::bigint
FROM triggers_event e WHERE e.generation IS NOT NULL AND {period} GROUP BY 1, 2, 3, 4
"""


def tallied() -> Ledger:
    """What was counted when it was decided."""
    counted = list(tallies.of_triggers(list(Trigger.objects.only("pk")), as_asked=True).values())
    seen, *verdicts = (sum(each[name] for each in counted) for name in ("seen", *VERDICTS))
    return Ledger("tallies", None, seen, *verdicts)
