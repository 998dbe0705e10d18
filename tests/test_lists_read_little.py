"""What a list or a page reads does not grow with the history: plans meet no more rows than a page looks at."""

from collections.abc import Iterable

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from benchmarks import history, lists
from core import tenancy
from core.models import Workspace
from core.searching import LOOKED_THROUGH
from tests import factories, plans

pytestmark = pytest.mark.django_db

# What reads more, by the beginning of its name, and why that is right.
EXCEPTIONS = {
    "audit_export": "all of the trail is what it is asked for: a batch of 1,000 and what its filters leave out",
    "workflows_stats": "the events of its period are counted by an index; runs were counted before",
    "monitoring_executions": "the runs of parts of hours, and of hours that are not over, are read",
    "monitoring_usage": "as monitoring_executions",
    "monitoring_dashboard": "what waits is counted, up to 10,000 of each",
    "admin index": "as monitoring_dashboard",
    "webhook_deliveries_list": "an attempt and its action are looked up for each of the rows that are looked through",
}
# A workspace with half of the rows is served by an index without the workspace too: rows of others are passed over.
MOST_ROWS = 2 * LOOKED_THROUGH


def too_many(calls: Iterable[lists.Call]) -> dict[str, tuple[str, int]]:
    """By call: the table of which it met too many rows, and how many."""
    found = {}
    for name, call in calls:
        call()  # what is cached is not what is asked about
        with plans.reads() as reads:
            answer = call()
            if answer.streaming:
                b"".join(answer.streaming_content)
        assert answer.status_code < 500, name
        for read in reads:
            if read.rows > MOST_ROWS and not name.startswith(tuple(EXCEPTIONS)):
                found[name] = (read.relation, read.rows)
    return found


def test_no_filter_of_events_reads_more_than_it_looks_through(api: APIClient, workspace: Workspace) -> None:
    first = factories.event(workspace, "a.b")
    with tenancy.unscoped("made by the database"), connection.cursor() as cursor:
        cursor.execute(_EVENTS, [first.pk])
        cursor.execute("ANALYZE triggers_event")

    found = {}
    for query in _QUERIES:
        with plans.reads() as reads:
            found[str(query)] = (api.get("/api/v1/events/", query).status_code, max(read.rows for read in reads))

    assert {query: got for query, got in found.items() if got[0] != 200 or got[1] > LOOKED_THROUGH} == {}
    assert found[str(_QUERIES[1])][1] == LOOKED_THROUGH  # they would notice


_QUERIES: list[dict[str, str]] = [
    {}, {"source": "rare"}, {"subject": "s7"}, {"type": "rare.one"}, {"type": "rare.*"}, {"id": "e7"},
    {"since": "2020-01-01"}, {"until": "2030-01-01"}, {"matched": "false"}, {"matched": "true"},
    {"type": "a.b", "source": "rare"},
]  # fmt: skip
# 5,000 events, every 2,500th of a rare type and source.
_EVENTS = f"""
INSERT INTO triggers_event SELECT copied.* FROM generate_series(1, 5000) AS n JOIN triggers_event t ON t.id = %s
CROSS JOIN LATERAL jsonb_populate_record(t, jsonb_build_object(
    'id', {history.ID.format(at="now() - n * interval '1 second'")}, 'event_id', 'e' || n,
    'subject', 's' || mod(n, 100), 'matched_at', now(), 'hinted_at', NULL,
    'type', CASE WHEN mod(n, 2500) = 0 THEN 'rare.one' ELSE 'a.b' END,
    'source', CASE WHEN mod(n, 2500) = 0 THEN 'rare' ELSE 's' END)) AS copied
"""


@pytest.mark.long
def test_no_list_and_no_page_reads_the_history() -> None:
    workspace = history.prepare()[0]
    history.seed(20_000)
    superuser = Client()
    superuser.force_login(User.objects.create_superuser("operator"))
    sample = lists.sample(workspace)

    found = too_many([*lists.api_calls(workspace, sample), *lists.admin_calls(superuser, sample)])

    assert found == {}
