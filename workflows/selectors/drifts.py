"""Rows that contradict each other, each kind found by one statement, with examples.

Every statement gives the number of what it finds, on each line, with an id. `{period}` is about an event `e`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workflows.selectors import ledgers
from workflows.selectors.ledgers import VERDICTS, Group, Listeners

EXAMPLES = 5
GRACE = timedelta(seconds=30)  # for which a sweep may be late
UNDECIDED_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Drift:
    """Something that cannot be: a stable `code`, how often, a sentence, and the ids of some."""

    code: str
    number: int
    sentence: str
    examples: tuple[str, ...] = ()


def found(since: datetime | None, *, now: datetime) -> Iterator[Drift]:
    """Every kind of contradiction between rows."""
    values = {**ledgers.parameters(since), "late": now - GRACE, "limit": EXAMPLES}
    for code, (what, statement) in _CHECKS.items():
        yield from _drift(code, what, statement.format(period=ledgers.of_period(since)), values)
    for name in VERDICTS:
        what = f"events whose summary counts another number of `{name}` than there are rows"
        statement = _SUMMARY.format(name=name, period=ledgers.of_period(since))
        yield from _drift(f"summary_{name}", what, statement, values)


def of_tallies() -> Iterator[Drift]:
    """The triggers whose tallies are not what the rows say."""
    values = {**ledgers.parameters(None), "limit": EXAMPLES}
    for name in VERDICTS:
        what = f"triggers of which the tallies count another number of `{name}` than there are rows"
        yield from _drift(f"tally_{name}", what, _TALLY.format(name=name), values)


def of_candidates(groups: list[Group], listeners: Listeners) -> Iterator[Drift]:
    """The types of events whose summaries speak of more or fewer triggers than listened."""
    wrong = [each for each in groups if each.summed != each.events * listeners.candidates(each)]
    if wrong:
        types = tuple(dict.fromkeys(each.type for each in wrong))[:EXAMPLES]
        number = sum(each.events for each in wrong)
        what = "events have, together with others of their type, another number of candidates than listened"
        yield Drift("candidates", number, f"{number:,} {what}: {', '.join(types)}", types)


def undecided(*, now: datetime) -> tuple[int, tuple[str, ...]]:
    """How many events nobody has decided on for longer than a minute, and the ids of some; dead ones do not wait."""
    values = {**ledgers.parameters(None), "late": now - UNDECIDED_AFTER, "limit": EXAMPLES}
    rows = ledgers.fetch(_UNDECIDED, values)
    return (rows[0][0] if rows else 0), tuple(str(row[1]) for row in rows)


def _drift(code: str, what: str, statement: str, values: dict[str, Any]) -> Iterator[Drift]:
    rows = ledgers.fetch(f"SELECT count(*) OVER (), id FROM ({statement}) AS found LIMIT %(limit)s", values)  # noqa: S608
    if rows:
        examples = tuple(str(row[1]) for row in rows)
        yield Drift(code, rows[0][0], f"{rows[0][0]:,} {what}: {', '.join(examples)}", examples)


_CHECKS = {
    "firing_without_run": (
        "firings have no run",
        """SELECT f.id FROM triggers_firing f JOIN triggers_event e ON e.id = f.event_id
        WHERE f.gathering IS NULL AND {period}
            AND NOT EXISTS (SELECT 1 FROM workflows_run r WHERE r.firing_id = f.id)""",
    ),
    "gathering_without_one_run": (
        "gatherings that fired do not have exactly one run",
        """SELECT f.gathering AS id FROM triggers_firing f JOIN triggers_event e ON e.id = f.event_id
        LEFT JOIN workflows_gathering g ON g.id = f.gathering
        LEFT JOIN workflows_run own ON own.id = g.run_id
        LEFT JOIN triggers_firing other ON other.gathering = f.gathering
        LEFT JOIN workflows_run r ON r.firing_id = other.id
        WHERE f.gathering IS NOT NULL AND {period}
        GROUP BY f.gathering HAVING count(DISTINCT r.id) <> 1 OR bool_or(own.id IS NULL)""",
    ),
    "fired_and_held_back": (
        "decisions say that a trigger did not fire that did",
        """SELECT d.id FROM triggers_decision d JOIN triggers_event e ON e.id = d.event_id
        JOIN triggers_firing f ON f.event_id = d.event_id AND f.trigger_id = d.trigger_id WHERE {period}""",
    ),
    "pending_for_nothing": (
        "pending decisions wait in a gathering that is closed, or gone",
        """SELECT d.id FROM triggers_decision d JOIN triggers_event e ON e.id = d.event_id
        LEFT JOIN workflows_gathering g ON g.id = d.gathering
        WHERE d.verdict = 'pending' AND {period} AND (g.id IS NULL OR g.closed_at IS NOT NULL)""",
    ),
    "overdue": (
        "gatherings are past their time, or could not be closed",
        """SELECT g.id FROM workflows_gathering g WHERE g.workspace_id = %(workspace)s AND g.closed_at IS NULL
            AND (g.due_at IS NULL OR g.due_at < %(late)s OR g.failures > 0)""",
    ),
    "gathering_count": (
        "gatherings count another number of events than wait in them",
        """SELECT g.id FROM workflows_gathering g WHERE g.workspace_id = %(workspace)s AND g.closed_at IS NULL
            AND g.count <> (SELECT count(*) FROM triggers_decision d
                WHERE d.gathering = g.id AND d.verdict = 'pending')""",
    ),
    "dead_without_letter": (
        "events were given up, and no dead letter tells of them",
        """SELECT e.id FROM triggers_event e WHERE e.dead_at IS NOT NULL AND {period}
            AND NOT EXISTS (SELECT 1 FROM core_deadletter l
                WHERE l.kind = 'event' AND l.source_id = e.id AND l.status <> 'redriven')""",
    ),
    "more_verdicts_than_candidates": (
        "events have more verdicts than candidates, or fewer than none of one",
        """SELECT e.id FROM triggers_event e WHERE e.decision IS NOT NULL AND {period} AND (
            (e.decision ->> 'candidates')::int < coalesce((e.decision ->> 'fired')::int, 0)
                + coalesce((e.decision ->> 'suppressed')::int, 0) + coalesce((e.decision ->> 'failed')::int, 0)
                + coalesce((e.decision ->> 'pending')::int, 0)
            OR coalesce((e.decision ->> 'pending')::int, 0) < 0)""",
    ),
}

_SUMMARY = """
SELECT e.id FROM triggers_event e LEFT JOIN (
    SELECT event_id, count(*) AS number FROM (
        SELECT event_id, 'fired' AS verdict FROM triggers_firing WHERE workspace_id = %(workspace)s
        UNION ALL SELECT event_id, verdict FROM triggers_decision WHERE workspace_id = %(workspace)s
    ) AS every WHERE verdict = '{name}' GROUP BY event_id
) AS stored ON stored.event_id = e.id
WHERE e.decision IS NOT NULL AND {period}
    AND coalesce(stored.number, 0) <> coalesce((e.decision ->> '{name}')::int, 0)
"""

_TALLY = """
SELECT trigger_id AS id FROM (
    SELECT trigger_id, {name} AS number FROM triggers_tally
        WHERE workspace_id = %(workspace)s AND trigger_id IS NOT NULL
    UNION ALL
    SELECT f.trigger_id, -1 FROM (
        SELECT event_id, trigger_id, 'fired' AS verdict FROM triggers_firing WHERE workspace_id = %(workspace)s
        UNION ALL
        SELECT event_id, trigger_id, verdict FROM triggers_decision WHERE workspace_id = %(workspace)s
    ) AS f JOIN triggers_event e ON e.id = f.event_id WHERE f.verdict = '{name}' AND e.generation IS NOT NULL
) AS every GROUP BY trigger_id HAVING sum(number) <> 0
"""

_UNDECIDED = """
SELECT count(*) OVER (), id FROM triggers_event
WHERE workspace_id = %(workspace)s AND matched_at IS NULL AND dead_at IS NULL AND received_at < %(late)s
ORDER BY id LIMIT %(limit)s
"""
