"""Events that a statement does not see are not there for it, wherever it reads events."""

import pytest

from core import tenancy
from core.models import Workspace
from tests.triggers.services.querying.conftest import events, no_rate
from triggers.engine.sql import checking
from triggers.services.querying import session

__all__ = ("events", "no_rate")

HIDDEN = ("lead.created", "it's")
CASES = [
    ("SELECT count(*) FROM events", 3),
    ("SELECT count(*) FROM events e JOIN events USING (subject) WHERE subject = 'ada'", 1),
    ("SELECT count(events.id) FROM events, jsonb_each(events.data) k WHERE k.key = 'note'", 0),
    ("WITH t AS (SELECT * FROM events) SELECT count(*) + (SELECT count(*) FROM events x) FROM t", 6),
    ("SELECT count(*) FROM (SELECT 1 FROM events UNION ALL SELECT 2 FROM events AS e(a, b)) both_of_them", 6),
    ("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM events WHERE type = 'lead.created')", 1),
]


@pytest.mark.parametrize(("sql", "expected"), CASES, ids=range(len(CASES)))
def test_hidden_types_are_not_there(events: Workspace, sql: str, expected: int) -> None:
    checked = checking.check(sql, hidden=HIDDEN)

    with tenancy.scope(events.pk), session.begun(events.pk) as (link, _):
        row = link.execute(checked.sql.encode()).fetchone()

    assert row == (expected,)


def test_a_hidden_type_is_written_as_text_and_the_bound_is_kept() -> None:
    sql = "SELECT e.id FROM events e WHERE e.received_at > now() - interval '1 hour'"

    checked = checking.check(sql, hidden=HIDDEN)

    assert "(SELECT * FROM sequitur_queries.events WHERE type NOT IN ('lead.created', 'it''s')) e" in checked.sql
    assert checked.since == checking.check(sql).since
