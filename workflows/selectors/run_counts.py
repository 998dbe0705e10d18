"""What runs came to, by workflow, hour and status: of runs that are read, and of hours that were counted before.

The newest hours, those that changed since they were counted, and the parts of hours at the ends of a period are read;
all others are a row each (`workflows.models.RunHour`). Both come from the same statement.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from django.db import connection

from actions import usage
from core import ids, tenancy
from workflows.models import RunHour

HOUR = timedelta(hours=1)
MOST_ACTIONS = 10_000  # the newest runs of those that are read, whose actions are counted one by one

Json = dict[str, Any]


@dataclass(slots=True)
class Came:
    """What runs of one status came to. `took` has, by size class, how many ended and the longest of them: sizes are
    some 2 % apart, so a percentile is off by no more, and exact where a class has one time.

    Times are whole microseconds. `usage` is what was used up; `tried` the actions that were, of `asked` of the runs.
    """

    runs: int = 0
    fired: int = 0
    ended: int = 0
    took_us: int = 0
    took: dict[int, tuple[int, int]] = field(default_factory=dict)
    tried: int = 0
    asked: int = 0
    usage: dict[str, Decimal] = field(default_factory=dict)

    def add(self, other: "Came") -> None:
        """Count what the other counts, too."""
        for name in ("runs", "fired", "ended", "took_us", "tried", "asked"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for size, (number, longest) in other.took.items():
            before, most = self.took.get(size, (0, 0))
            self.took[size] = (before + number, max(most, longest))
        for name, amount in other.usage.items():
            self.usage[name] = self.usage.get(name, Decimal(0)) + amount

    def at_most_ms(self, part: float) -> float | None:
        """What so large a part of those that ended took at most; None when none did."""
        if not self.ended:
            return None
        wanted, seen = part * self.ended, 0
        for _, (number, longest) in sorted(self.took.items()):
            seen += number
            if seen >= wanted:
                return longest / 1000
        return max(longest for _, longest in self.took.values()) / 1000


Key = tuple[UUID, datetime, str]  # workflow, the beginning of its hour, status


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` on, and before `until`."""

    since: datetime
    until: datetime


def of_period(since: datetime, until: datetime, workflow_id: UUID | None = None) -> dict[Key, Came]:
    """What the runs of the workspace in scope that began from `since` on and before `until` came to."""
    rows = RunHour.objects.order_by("at") if workflow_id is None else RunHour.objects.filter(workflow=workflow_id)
    newest = rows.filter(is_late=False).order_by("-at").values_list("at", flat=True).first()
    # Hours that the sweep has come to, but for the last: what began there may not have been committed when it did.
    begins = _ceiling(since)
    ends = min(newest, _floor(until)) if newest else begins
    if ends <= begins:
        return _read_alone([Span(since, until)], workflow_id)
    found: dict[Key, Came] = {}
    stale: list[tuple[UUID, Span]] = []
    kept = rows.filter(at__gte=begins, at__lt=ends).values_list("workflow_id", "at", "state", "counts")
    for workflow, at, state, counts in kept:
        if state == "counted":
            found.update({(workflow, at, status): _read(told) for status, told in counts.items()})
        else:
            stale.append((workflow, Span(at, at + HOUR)))
    parts = (Span(since, begins), Span(ends, until))
    edges = _read_alone([each for each in parts if each.since < each.until], workflow_id)
    for some in (edges, counted(stale, most_actions=MOST_ACTIONS)):
        for key, came in some.items():
            found.setdefault(key, Came()).add(came)
    return found


def _read_alone(spans: list[Span], workflow_id: UUID | None) -> dict[Key, Came]:
    if workflow_id is None:
        own = tenancy.current_workspace_id()
        return counted([(own, span) for span in spans], of="workspace", most_actions=MOST_ACTIONS)
    return counted([(workflow_id, span) for span in spans], most_actions=MOST_ACTIONS)


def counted(
    wanted: Sequence[tuple[UUID, Span]],
    *,
    of: Literal["workflow", "workspace"] = "workflow",
    most_actions: int | None = None,
) -> dict[Key, Came]:
    """Count runs by reading them, of workflows in scope, or of workspaces. Without `most_actions`, the actions of all
    of them; else, of the newest."""
    if not wanted:
        return {}
    given: dict[str, Any] = {
        "ids": [each for each, _ in wanted],
        "since": [span.since for _, span in wanted],
        "until": [span.until for _, span in wanted],
        "first": [ids.floor(span.since) for _, span in wanted],
        "end": [ids.ceiling(span.until) for _, span in wanted],
        "most": most_actions,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_BY[of], given)
        return {(workflow, at.astimezone(UTC), status): _read(told) for workflow, at, status, told in cursor.fetchall()}


def number(amount: Decimal | int) -> int | float:
    """Whole numbers stay whole."""
    return int(amount) if amount == int(amount) else round(float(amount), usage.PLACES)


def _floor(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _ceiling(instant: datetime) -> datetime:
    return instant if _floor(instant) == instant else _floor(instant) + HOUR


def _read(told: Any) -> Came:
    """Django leaves JSON of plain statements as text."""
    row: Json = json.loads(told, parse_float=Decimal) if isinstance(told, str) else told
    took = {int(size): (number, longest) for size, (number, longest) in (row.get("took") or {}).items()}
    usage = {name: Decimal(str(amount)) for name, amount in (row.get("usage") or {}).items()}
    numbers = {name: row[name] for name in ("runs", "fired", "ended", "took_us", "tried", "asked")}
    return Came(**numbers, took=took, usage=usage)


# Sizes: 32 for each doubling. `together`: a run of a batch has one firing of its own, and those of the others.
_COUNT = """
WITH wanted AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(since)s::timestamptz[], %(until)s::timestamptz[],
        %(first)s::uuid[], %(end)s::uuid[]) AS w(id, since, until, first, ending)
), picked AS MATERIALIZED (
    SELECT r.id, r.workflow_id, date_trunc('hour', r.created_at, 'UTC') AS at, r.status, r.firing_id, r.usage,
        (1000000 * extract(epoch FROM r.finished_at - r.started_at))::bigint AS us,
        row_number() OVER (ORDER BY r.id DESC) AS place
    FROM wanted w CROSS JOIN LATERAL (
        SELECT * FROM workflows_run WHERE {column} = w.id AND id >= w.first AND id < w.ending
            AND created_at >= w.since AND created_at < w.until
    ) AS r
), asked AS (
    SELECT p.*, (SELECT count(*) FROM workflows_actionrun a WHERE a.run_id = p.id AND a.attempt > 0) AS tried
    FROM picked p WHERE %(most)s::int IS NULL OR p.place <= %(most)s::int
), sums AS (
    SELECT p.workflow_id, p.at, p.status, count(*) AS runs, count(p.firing_id) AS fired, count(p.us) AS ended,
        coalesce(sum(p.us), 0)::bigint AS took_us FROM picked p GROUP BY 1, 2, 3
), tries AS (
    SELECT workflow_id, at, status, sum(tried)::bigint AS tried, count(*) AS asked FROM asked GROUP BY 1, 2, 3
), sizes AS (
    SELECT workflow_id, at, status, jsonb_object_agg(size, jsonb_build_array(number, longest)) AS took FROM (
        SELECT workflow_id, at, status, floor(32 * ln(1 + greatest(us, 0) / 1000.0) / ln(2.0)) AS size,
            count(*) AS number, max(us) AS longest
        FROM picked WHERE us IS NOT NULL GROUP BY 1, 2, 3, 4
    ) AS each GROUP BY 1, 2, 3
), used AS (
    SELECT workflow_id, at, status, jsonb_object_agg(key, amount) AS usage FROM (
        SELECT p.workflow_id, p.at, p.status, u.key, sum(u.value::numeric) AS amount
        FROM picked p, jsonb_each_text(p.usage) AS u WHERE p.usage <> '{}' GROUP BY 1, 2, 3, 4
    ) AS each GROUP BY 1, 2, 3
), together AS (
    SELECT p.workflow_id, p.at, p.status, count(*) - count(DISTINCT g.id) AS number
    FROM picked p JOIN workflows_gathering g ON g.run_id = p.id JOIN triggers_firing f ON f.gathering = g.id
    GROUP BY 1, 2, 3
)
SELECT s.workflow_id, s.at, s.status, jsonb_build_object('runs', s.runs, 'fired', s.fired + coalesce(t.number, 0),
    'ended', s.ended, 'took_us', s.took_us, 'took', z.took, 'tried', coalesce(i.tried, 0),
    'asked', coalesce(i.asked, 0), 'usage', u.usage)
FROM sums s
LEFT JOIN sizes z ON (z.workflow_id, z.at, z.status) = (s.workflow_id, s.at, s.status)
LEFT JOIN used u ON (u.workflow_id, u.at, u.status) = (s.workflow_id, s.at, s.status)
LEFT JOIN tries i ON (i.workflow_id, i.at, i.status) = (s.workflow_id, s.at, s.status)
LEFT JOIN together t ON (t.workflow_id, t.at, t.status) = (s.workflow_id, s.at, s.status)
"""
_COUNT_BY = {name: _COUNT.replace("{column}", f"{name}_id") for name in ("workflow", "workspace")}
