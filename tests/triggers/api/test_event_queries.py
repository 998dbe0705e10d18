import csv
import io
from typing import Any

from rest_framework.test import APIClient

from core import tenancy
from core.models import AuditEntry, Role, Workspace
from tests.conftest import ClientFor
from tests.triggers.services.querying.conftest import CANARY, accept, events, no_rate

__all__ = ("events", "no_rate")

URL = "/api/v1/events/query/"


def ask(client: APIClient, **body: Any) -> Any:
    return client.post(URL, body, format="json")


def test_an_answer_has_columns_rows_and_warnings(client_for: ClientFor, events: Workspace) -> None:
    viewer = client_for(events, Role.VIEWER)

    answer = ask(viewer, sql="SELECT type, count(*) FROM events GROUP BY type ORDER BY 1").json()

    assert answer.pop("duration_ms") > 0
    assert answer == {
        "columns": [{"name": "type", "type": "varchar(200)"}, {"name": "count", "type": "int8"}],
        "rows": [["lead.created", 1], ["order.placed", 3]],
        "row_count": 2,
        "is_truncated": False,
        "warnings": [
            {
                "code": "no_time_bound",
                "message": "All events of the workspace were read; a condition such as received_at >= now() - interval "
                "'1 day' reads only the newest.",
            }
        ],
    }


def test_a_table_holds_no_formula(client_for: ClientFor, events: Workspace) -> None:
    accept(events, "f1", "formula", text="=HYPERLINK(1)")

    answer = ask(client_for(events), sql="SELECT data->>'text', data, NULL FROM events WHERE id = 'f1'", format="csv")

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert (answer["X-Row-Count"], answer["X-Truncated"]) == ("1", "false")
    assert [*csv.reader(io.StringIO(answer.content.decode()))][1] == [
        "'=HYPERLINK(1)", '{"text": "=HYPERLINK(1)"}', "",
    ]  # fmt: skip


def test_what_is_refused_says_where_and_changes_nothing(client_for: ClientFor, events: Workspace) -> None:
    client = client_for(events)
    bodies: list[dict[str, Any]] = [
        {"sql": "SELECT 1;\nDELETE FROM events"},
        {"sql": "SELECT pg_sleep(9)"},
        {"sql": "SELECT 1/0"},
        {"sql": "SELECT $1"},
        {"sql": "SELECT $1::int", "parameters": ["x"]},
        {"sql": "SELECT $1::int", "parameters": [10**30]},
        {"sql": "SELECT $1", "parameters": [{"a": 1}]},
        {"sql": "SELECT 1", "parameters": [None] * 21},
        {"sql": "SELECT 1", "format": "xml"},
        {"sql": ["SELECT 1"]},
        {"sql": ""},
        {"sql": "x" * 10_001},
        {"query": "SELECT 1"},
        {},
    ]
    answers = [ask(client, **body) for body in bodies]

    assert {each.status_code for each in answers} == {400}
    assert [each.json()["code"] for each in answers[:6]] == [
        "invalid_sql", "invalid_sql", "query_failed", "invalid", "query_failed", "malformed",
    ]  # fmt: skip
    assert answers[1].json()["errors"] == [
        {
            "path": "/sql",
            "code": "unknown_function",
            "message": "line 1, column 8: The function 'pg_sleep' is not allowed here.",
        }
    ]
    assert ask(client, sql="SELECT count(*) FROM events").json()["rows"] == [[4]]


def test_nobody_sees_another_workspace_or_asks_without_the_scope(client_for: ClientFor, events: Workspace) -> None:
    mine = ask(client_for(events), sql="SELECT * FROM events").json()

    assert mine["row_count"] == 4
    assert CANARY not in str(mine)
    assert APIClient().post(URL, {"sql": "SELECT 1"}, format="json").status_code == 401
    with tenancy.scope(events.pk):
        assert not AuditEntry.objects.filter(action__contains="query").exists()  # it changes nothing
