"""Count what was decided without a row that everybody waits for: additions, summed up from time to time."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, Sum

from core import tenancy
from triggers import resolving
from triggers.engine import patterns
from triggers.models import Subscription, Tally, Trigger

KEPT = 200  # additions of one key that are left alone: summing them up costs more than reading them
BATCH = 20_000  # additions that one statement sums up

Json = dict[str, Any]
Key = tuple[str, int, UUID | None]  # event type, generation, trigger


@dataclass(slots=True)
class Additions:
    """What one transaction has decided, at this time."""

    now: datetime
    seen: Counter[Key] = field(default_factory=Counter)
    fired: Counter[Key] = field(default_factory=Counter)
    suppressed: Counter[Key] = field(default_factory=Counter)
    failed: Counter[Key] = field(default_factory=Counter)
    pending: Counter[Key] = field(default_factory=Counter)

    def store(self) -> None:
        """Add to the tallies of the workspace in scope, in the transaction that decides."""
        workspace_id = tenancy.current_workspace_id()
        keys = dict.fromkeys([*self.seen, *self.fired, *self.suppressed, *self.failed, *self.pending])
        Tally.objects.bulk_create(
            Tally(
                workspace_id=workspace_id,
                event_type=key[0],
                generation=key[1],
                trigger_id=key[2],
                seen=self.seen[key],
                fired=self.fired[key],
                suppressed=self.suppressed[key],
                failed=self.failed[key],
                pending=self.pending[key],
                last_fired_at=self.now if self.fired[key] > 0 else None,
            )
            for key in keys
        )


def sum_up() -> int:
    """Make one row of the many additions of a key, for all workspaces; returns how many were summed up.

    Concurrency: SKIP LOCKED, and what was not summed up stays as it was: two at once change no sum.
    """
    own = tenancy.unscoped("one sweep serves all workspaces")
    with own, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SUM_UP, {"kept": KEPT, "batch": BATCH})
        row = cursor.fetchone()
    return int(row[0]) if row else 0


_SUM_UP = """
WITH many AS (
    SELECT workspace_id, trigger_id, event_type, generation FROM triggers_tally
    GROUP BY workspace_id, trigger_id, event_type, generation HAVING count(*) > %(kept)s LIMIT 100
), picked AS (
    SELECT t.id FROM triggers_tally t JOIN many m ON m.workspace_id = t.workspace_id AND m.event_type = t.event_type
        AND m.generation = t.generation AND m.trigger_id IS NOT DISTINCT FROM t.trigger_id
    LIMIT %(batch)s FOR UPDATE OF t SKIP LOCKED
), gone AS (
    DELETE FROM triggers_tally t USING picked p WHERE t.id = p.id RETURNING t.*
), added AS (
    INSERT INTO triggers_tally (workspace_id, trigger_id, event_type, generation,
        seen, fired, suppressed, failed, pending, last_fired_at)
    SELECT workspace_id, trigger_id, event_type, generation,
        sum(seen), sum(fired), sum(suppressed), sum(failed), sum(pending), max(last_fired_at)
    FROM gone GROUP BY workspace_id, trigger_id, event_type, generation
)
SELECT count(*) FROM gone
"""

# For the migration that adds the column: what fired before has no time in its tallies.
SINCE_BEFORE = """
INSERT INTO triggers_tally (workspace_id, trigger_id, event_type, generation,
    seen, fired, suppressed, failed, pending, last_fired_at)
SELECT workspace_id, trigger_id, '', 0, 0, 0, 0, 0, 0, max(fired_at) FROM triggers_firing
GROUP BY workspace_id, trigger_id
"""


def of_triggers(triggers: Sequence[Trigger], *, as_asked: bool = False) -> dict[UUID, Json]:
    """What became of the events that these triggers listened to, for as long as they did.

    `as_asked`: of a trigger for several types, the events of other types count too that its one pattern covers, since
    it was asked about them, as the summaries of decisions count.

    **Shape**: {trigger id: {"seen", "matched", "fired", "suppressed", "failed", "pending": counts, "last_fired_at":
    instant or None}}. `matched` is what fired, was held back or is pending.
    """
    ids = [row.pk for row in triggers]
    own = Tally.objects.filter(trigger_id__in=ids).values("trigger_id").order_by()
    found: dict[UUID, Json] = {
        row["trigger_id"]: {**row} for row in own.annotate(*map(Sum, _COUNTED), last=Max("last_fired_at"))
    }
    seen = _seen(ids, as_asked=as_asked)
    result: dict[UUID, Json] = {}
    for id_ in ids:
        counts: dict[str, int] = {name: found.get(id_, {}).get(f"{name}__sum", 0) for name in _COUNTED}
        counts["seen"] += seen.get(id_, 0)
        matched = counts["fired"] + counts["suppressed"] + counts["pending"]
        result[id_] = {**counts, "matched": matched, "last_fired_at": found.get(id_, {}).get("last")}
    return result


_COUNTED = ("seen", "fired", "suppressed", "failed", "pending")


def _seen(trigger_ids: Sequence[UUID], *, as_asked: bool) -> dict[UUID, int]:
    """How many public events of their types were decided in the generations in which they listened."""
    subscriptions = list(Subscription.objects.filter(trigger_id__in=trigger_ids))
    heard = {row: resolving.types_of(row.event_type, None if as_asked else row.detector) for row in subscriptions}
    wanted = {each for types in heard.values() for each in types}
    of_types = Tally.objects.filter(trigger=None)
    if not any(map(patterns.is_wild, wanted)):
        of_types = of_types.filter(event_type__in=wanted)
    by_type: dict[str, _Sums] = defaultdict(_Sums)
    sums = of_types.values_list("event_type", "generation").annotate(Sum("seen")).order_by("event_type", "generation")
    for event_type, generation, number in sums:
        by_type[event_type].add(generation, number)
    seen: Counter[UUID] = Counter()
    for row, types in heard.items():
        for event_type, each in by_type.items():
            if any(patterns.matches(pattern, event_type) for pattern in types):
                seen[row.trigger_id] += each.between(row.since, row.until)
    return seen


class _Sums:
    """How many events had been seen up to each generation."""

    def __init__(self) -> None:
        self._generations: list[int] = []
        self._totals: list[int] = [0]

    def add(self, generation: int, number: int) -> None:
        self._generations.append(generation)
        self._totals.append(self._totals[-1] + number)

    def between(self, since: int, until: int | None) -> int:
        end = len(self._generations) if until is None else bisect_left(self._generations, until)
        return self._totals[end] - self._totals[bisect_left(self._generations, since)]
