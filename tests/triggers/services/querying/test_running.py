import re
import threading
import time
from typing import Any

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

from core import tenancy
from core.errors import InvalidError, SequiturError
from core.models import Workspace
from tests.triggers.engine.sql.hostile import BEHIND, REFUSED
from tests.triggers.services.querying.conftest import CANARY
from tests.triggers.services.querying.useful import USEFUL
from triggers.services.querying import errors, role, running, session


def asked(sql: str, parameters: list[Any] | None = None) -> list[list[Any]]:
    return running.answer(sql, parameters or []).rows


def grown(factor: int) -> str:
    """SQL: a text of ten times the square of a number of characters."""
    return f"replace(replace('aaaaaaaaaa', 'a', '{'b' * factor}'), 'b', '{'c' * factor}')"


def refusal(sql: str) -> str:
    """What is said instead of an answer; fails when there is one."""
    try:
        rows = asked(sql)
    except SequiturError as error:
        return f"{error.code}: {error.detail}"
    return f"answered {rows}"


def behind_the_check(sql: str, *, settings: str = "") -> str:
    """What the database alone makes of a text, sent as it is, in the way that answers are asked for."""
    workspace_id = tenancy.current_workspace_id()
    with session.begun(workspace_id) as (link, _):
        if settings:
            link.execute(settings.encode())
        link.execute("SET LOCAL search_path = sequitur_queries, pg_catalog")  # as if names had been made ours
        link.execute("SET LOCAL statement_timeout = 300")
        try:
            return str([*psycopg.RawCursor(link).stream(running.wrap(sql, limit=1_001).encode())])
        except psycopg.Error as error:
            return str(error)


def test_useful_statements_have_their_answers(events: Workspace) -> None:
    with tenancy.scope(events.pk):
        wrong = [(sql, found) for sql, parameters, rows in USEFUL if (found := asked(sql, parameters)) != rows]

    assert wrong == []


def test_an_answer_without_rows_has_its_columns(events: Workspace) -> None:
    with tenancy.scope(events.pk):
        found = running.answer("SELECT type, count(*) AS n FROM events WHERE type = $1 GROUP BY 1", ["nothing"])

    assert found.rows == []
    assert [(each.name, each.type) for each in found.columns] == [("type", "varchar(200)"), ("n", "int8")]


def test_hostile_statements_are_refused_and_behind_the_check_by_the_database(events: Workspace) -> None:
    with tenancy.scope(events.pk):
        told = {name: refusal(sql) for name, sql in REFUSED.items()}
        said = {name: behind_the_check(REFUSED[name]) for name in BEHIND}
        left = asked("SELECT count(*) FROM events")

    assert {name: text for name, text in told.items() if not text.startswith("invalid_sql")} == {}
    assert {name: text for name, text in said.items() if not re.search(BEHIND[name], text)} == {}
    assert CANARY not in str([*told.values(), *said.values()])
    assert left == [[4]]


def test_behind_the_check_a_session_sees_its_workspace_alone(events: Workspace) -> None:
    others = [
        "SELECT * FROM events",
        "WITH s AS MATERIALIZED (SELECT set_config('sequitur.query', '{seal}', true)) SELECT e.* FROM s, events e",
        "SELECT set_config('application_name', 'sequitur:*', false), e.* FROM events e",
        "SELECT set_config('role', 'none', false), e.* FROM events e",
        "SELECT e.* FROM events e WHERE type::int = 1 OR true",
        "SELECT most_common_vals::text FROM pg_stats",
    ]
    with tenancy.unscoped("the test looks for the other one"), connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id FROM triggers_event WHERE event_id = %s", [CANARY])
        [other] = cursor.fetchone()

    with tenancy.scope(events.pk):
        forged = f"{other} {'0' * 64}"
        found = [behind_the_check(each.replace("{seal}", forged)) for each in others]
        unsealed = behind_the_check("SELECT * FROM events", settings=f"SET LOCAL \"sequitur.query\" = '{other}'")
        own = behind_the_check("SELECT id FROM events")

    assert CANARY not in str([*found, unsealed])
    assert own.count("o1") == 1
    assert unsealed == "[]"


def test_an_error_tells_nothing_of_others(events: Workspace) -> None:
    with tenancy.scope(events.pk):
        told = [
            refusal("SELECT (data->>'note')::int FROM events WHERE id = 'l1'"),
            refusal("SELECT type::int FROM events"),
            refusal("SELECT count(*) FROM events WHERE (data->>'secret')::int = 1"),
        ]

    assert 'query_failed: The query failed: invalid input syntax for type integer: "100%".' in told
    assert told[2] == "answered [[0]]"
    assert CANARY not in str(told)


def test_errors_of_postgresql_have_their_place(events: Workspace) -> None:
    with tenancy.scope(events.pk):
        assert refusal("SELECT id,\n  colour FROM events") == (
            'invalid_sql: The SQL cannot be run. line 2, column 3: column "colour" does not exist.'
        )
        assert refusal("SELECT id, count(*) FROM events").startswith("invalid_sql: The SQL cannot be run. ")
        assert refusal("SELECT 1 / (SELECT count(*) - 4 FROM events)") == (
            "query_failed: The query failed: division by zero."
        )
        assert refusal("SELECT id FROM events WHERE received_at > 'soon'").startswith("query_failed: The query failed")


def test_time_rows_and_bytes_are_bounded(events: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(role, "TIMEOUT_SECONDS", 0.3)
    ten = "(VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10))"
    thousands = ", ".join(f"{ten} t{number}(n)" for number in range(4))
    endless = ", ".join(f"{ten} t{number}(n)" for number in range(12))
    with tenancy.scope(events.pk):
        rows = running.answer(f"SELECT 1 FROM {thousands}")
        text = running.answer(f"SELECT {grown(100)} FROM {thousands}")
        large = refusal(f"SELECT {grown(400)}")
        slow = refusal(f"SELECT count(*) FROM {endless}")

    assert (len(rows.rows), rows.is_truncated) == (1000, True)
    assert [each.code for each in rows.warnings] == ["no_time_bound", "truncated"]
    assert (len(text.rows), text.is_truncated) == (10, True)
    assert large == (
        "query_failed: The query failed: a row of the answer has more than 1048576 bytes; select less of it."
    )
    assert slow.startswith("query_timeout: ")


def test_a_bound_is_told_to_the_view_and_leaves_nothing_out(events: Workspace) -> None:
    with tenancy.scope(events.pk):
        found = running.answer("SELECT count(*) FROM events WHERE received_at > now() - interval '1 hour'")
        given = running.answer("SELECT count(*) FROM events WHERE received_at > $1", ["2026-01-01"])
        never = running.answer("SELECT count(*) FROM events WHERE received_at > 'infinity'")
        late = running.answer("SELECT count(*) FROM events WHERE received_at > now() + interval '1 day'")

    assert [(each.rows, each.warnings) for each in (found, given)] == [([[4]], [])] * 2
    assert (never.rows, late.rows) == ([[0]], [[0]])


def test_as_many_values_as_parameters(events: Workspace) -> None:
    with tenancy.scope(events.pk), pytest.raises(InvalidError, match="has 1 parameters, and 2 values"):
        running.answer("SELECT $1", ["a", "b"])


def test_a_workspace_asks_two_at_once_and_so_many_in_a_minute(
    events: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ten = "(VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10))"
    slow = f"SELECT count(*) FROM {', '.join(f'{ten} t{number}(n)' for number in range(12))}"
    monkeypatch.setattr(role, "TIMEOUT_SECONDS", 1)
    told: list[str] = []

    def ask() -> None:
        try:
            with tenancy.scope(events.pk):
                told.append(refusal(slow))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for each in threads:
        each.start()
        time.sleep(0.15)
    for each in threads:
        each.join()
    monkeypatch.setattr(running, "PER_MINUTE", 0)
    with tenancy.scope(events.pk), pytest.raises(errors.TooManyQueriesError, match="in this minute"):
        running.answer("SELECT 1")

    assert sorted(each.partition(":")[0] for each in told) == ["query_timeout", "query_timeout", "too_many_queries"]


def test_without_its_role_nothing_is_asked(events: Workspace, settings: Settings) -> None:
    with tenancy.scope(events.pk):
        settings.SEQUITUR_QUERY_DATABASE_URL = ""
        off = refusal("SELECT 1")
        settings.SEQUITUR_QUERY_DATABASE_URL = "postgresql://nobody_at_all@/x?host=/nowhere"
        away = refusal("SELECT 1")
        row = connection.settings_dict
        settings.SEQUITUR_QUERY_DATABASE_URL = f"postgresql://{row['USER']}@/x?host={row['HOST']}"
        own = refusal("SELECT 1")

    assert off.startswith("queries_not_enabled: ")
    assert away.startswith("unavailable: ")
    assert own.startswith("queries_not_enabled: ")  # the product's own login may do too much
