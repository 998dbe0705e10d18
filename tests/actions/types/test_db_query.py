import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

from actions import checking
from actions.base import ActionCall, ActionFailedError
from actions.registry import action_types
from tests.actions import postgres_server
from tests.actions.opening import OneConnection
from tests.actions.postgres_server import PASSWORD, Server
from tests.actions.servers import Peer, deaf
from tests.cases import load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_is_allowed")]


@pytest.fixture(scope="module")
def shop() -> Iterator[Server]:
    with postgres_server.running() as server:
        yield server


class Ask:
    """Performs a query with the connection; the account can be another one."""

    def __init__(self, call: ActionCall, shop: Server) -> None:
        self.call, self.account = call, shop.account()

    def __call__(self, sql: str, *values: Any, **params: Any) -> dict[str, Any]:
        action_type = action_types.get("db_query")
        given = {"params": list(values), **params} if values else params
        call = replace(self.call, connections=OneConnection(self.account, self.call.redactor))
        return action_type.perform(checking.validated(action_type, {"sql": sql, **given}), call).output

    def refused(self, sql: str, *values: Any, **params: Any) -> ActionFailedError:
        with pytest.raises(ActionFailedError) as raised:
            self(sql, *values, **params)
        assert PASSWORD not in raised.value.message
        return raised.value


@pytest.fixture
def ask(call: ActionCall, shop: Server) -> Ask:
    return Ask(call, shop)


def test_rows_are_objects_by_column(ask: Ask) -> None:
    output = ask("SELECT id, name FROM orders WHERE total > %s ORDER BY id", 5)

    rows = [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}]
    assert output == {"rows": rows, "columns": ["id", "name"], "row_count": 2, "truncated": False}


def test_values_are_given_by_name_and_percent_signs_need_none(ask: Ask) -> None:
    by_name = ask("SELECT id FROM orders WHERE name = %(name)s", params={"name": "Zoë"})
    without = ask("SELECT id FROM orders WHERE name LIKE 'A%'")

    assert (by_name["rows"], without["rows"]) == ([{"id": 3}], [{"id": 1}])


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1", 1), ("9223372036854775807", 2**63 - 1), ("12.340", "12.340"), ("1e40::numeric", "1" + "0" * 40),
        ("0.5::float8", 0.5), ("'nan'::float8", "nan"), ("'NaN'::numeric", "NaN"), ("true", True), ("null", None),
        ("date '2026-01-31'", "2026-01-31"), ("timestamptz '2026-01-31 10:00+01'", "2026-01-31T09:00:00Z"),
        ("timestamp '2026-01-31 10:00:00.5'", "2026-01-31T10:00:00.5"), ("'infinity'::timestamptz", "infinity"),
        ("date '4000-01-01 BC'", "4000-01-01 BC"), ("'\\xff00'::bytea", "/wA="), ("'{1,2}'::int[]", [1, 2]),
        ("'11111111-2222-3333-4444-555555555555'::uuid", "11111111-2222-3333-4444-555555555555"),
        ("""'{"a": [1, null]}'::jsonb""", {"a": [1, None]}), ("'192.168.0.1'::inet", "192.168.0.1"),
        ("""'{"a": 1, "a": 2}'::json""", '{"a": 1, "a": 2}'), ("'\"\\u0000\"'::json", '"\\u0000"'),
        ("1e400::text::jsonb", "1" + "0" * 400), ("int4range(1, 5)", "[1, 5)"), ("row(1, 'a')", None),
        ("timestamptz '12026-01-01'", "12026-01-01 00:00:00+00"), ("interval '1 month 2 days'", "1 mon 2 days"),
        ("repeat('[', 5000)::text", "[" * 5000),
        ("(repeat('[', 500) || repeat(']', 500))::json", "[" * 500 + "]" * 500),
    ],
    ids=lambda case: str(case)[:40],
)  # fmt: skip
def test_values_become_json_without_loss(ask: Ask, expression: str, value: Any) -> None:
    found = ask(f"SELECT {expression} AS x")["rows"][0]["x"]

    assert found == value if value is not None else found is None or isinstance(found, list | str)


def test_columns_of_one_name_are_told_apart(ask: Ask) -> None:
    assert ask("SELECT 1 AS a, 2 AS a, 3 AS a_2")["rows"] == [{"a": 1, "a_2": 2, "a_2_2": 3}]


@pytest.mark.parametrize(
    "values", [["a'; DROP TABLE orders; --"], [None], [True], [1.5], [{"a": [1]}], [[1, 2]], [["a", 1]], [[]], [[[1]]]]
)
def test_values_of_any_kind_are_passed_beside_the_statement(ask: Ask, values: list[Any]) -> None:
    assert ask("SELECT count(*) AS n FROM orders WHERE %s::text IS NOT NULL OR true", *values)["rows"] == [{"n": 3}]


def test_naughty_texts_come_back_equal(ask: Ask) -> None:
    texts = load("hostile/blns.json")

    rows = ask("SELECT unnest(%s::text[]) AS x", texts, max_rows=1000)["rows"]

    assert [row["x"] for row in rows] == texts


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO orders VALUES (9, 'x', 1)", "DELETE FROM orders", "CREATE TABLE x (id int)",
        "WITH x AS (DELETE FROM orders RETURNING id) SELECT * FROM x", "SELECT add_order()",
        "SELECT nextval('numbers')", "DO $$ BEGIN COMMIT; INSERT INTO orders VALUES (9, 'x', 1); END $$",
        "SELECT set_config('transaction_read_only', 'off', false), add_order()",
        "SELECT 1; INSERT INTO orders VALUES (9, 'x', 1)", "COMMIT; DELETE FROM orders",
        "COPY orders TO PROGRAM 'true'", "COPY orders TO '/tmp/x'", "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_export(1, '/tmp/x')", "COPY orders TO STDOUT", "SELECT lo_create(0)", "TRUNCATE orders",
    ],
)  # fmt: skip
def test_nothing_can_be_changed(ask: Ask, sql: str) -> None:
    assert ask.refused(sql).code == "sql_error"
    assert ask("SELECT count(*) AS n FROM orders")["rows"] == [{"n": 3}]


@pytest.mark.parametrize("sql", ["SET TRANSACTION READ WRITE", "COMMIT", "SET default_transaction_read_only = off"])
def test_what_changes_the_session_changes_nothing_for_the_next(ask: Ask, sql: str) -> None:
    try:
        ask(sql)
    except ActionFailedError as error:
        assert error.code == "sql_error"  # noqa: PT017  either is well

    assert ask.refused("DELETE FROM orders").code == "sql_error"


@pytest.mark.parametrize("user", ["boss", "clerk"])
def test_a_role_that_rules_the_server_is_refused(ask: Ask, shop: Server, user: str) -> None:
    ask.account = shop.account(user=user)

    assert ask.refused("SELECT 1").code == "role_too_powerful"


def test_more_rows_than_are_kept_are_not_read(ask: Ask) -> None:
    begun = time.monotonic()

    output = ask("SELECT g FROM generate_series(1, 10000000) g", max_rows=3)

    assert (output["rows"], output["truncated"]) == ([{"g": 1}, {"g": 2}, {"g": 3}], True)
    assert time.monotonic() - begun < 15


def test_exactly_as_many_rows_as_are_kept_are_all(ask: Ask) -> None:
    assert ask("SELECT generate_series(1, 3) g", max_rows=3)["truncated"] is False


def test_a_megabyte_is_kept_at_most(ask: Ask) -> None:
    output = ask("SELECT repeat('x', 100000) AS x FROM generate_series(1, 50)")

    assert (output["row_count"], output["truncated"]) == (10, True)
    assert ask.refused("SELECT repeat('x', 2000000) AS x").code == "row_too_large"


def test_an_error_says_where_and_not_with_which_values(ask: Ask) -> None:
    in_text = ask.refused("SELECT nme FROM orders")
    in_value = ask.refused("SELECT %s::int", "canary-value")

    assert "nme" in in_text.message
    assert "SQLSTATE 42703, at character 8" in in_text.message
    assert "SQLSTATE 22P02" in in_value.message
    assert "canary" not in in_value.message
    assert not in_text.is_retryable


@pytest.mark.parametrize(
    ("sql", "values"), [("SELECT %s", [1, 2]), ("SELECT %s, %s", [1]), ("SELECT '50%' || %s", [1]), ("", [1])]
)
def test_values_that_do_not_fit_the_statement_are_told(ask: Ask, sql: str, values: list[Any]) -> None:
    assert ask.refused(sql, *values).code in {"sql_error", "invalid_parameters"}


def test_a_statement_ends_at_its_limit(ask: Ask) -> None:
    begun = time.monotonic()

    error = ask.refused("SELECT pg_sleep(20)", timeout_seconds=1)

    assert (error.code, error.is_retryable) == ("timeout", True)
    assert time.monotonic() - begun < 15


def test_a_server_that_says_nothing_is_left(ask: Ask, peer: Callable[[Any], Peer]) -> None:
    begun = time.monotonic()
    over = threading.Event()
    ask.account = Server(peer(deaf(seconds=6)).port).account()

    error = ask.refused("SELECT 1", timeout_seconds=2)
    over.set()

    assert error.code == "timeout"
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize(
    ("changes", "code", "is_retryable"),
    [
        ({"user": "nobody"}, "connection_failed", False),
        ({"port": 1}, "connection_failed", True),
        ({"sslmode": "require"}, "tls_error", False),
        ({"host": "10.0.0.1"}, "address_refused", False),
        ({"host": "localhost.invalid"}, "address_refused", False),
    ],
    ids=str,
)
def test_a_database_that_cannot_be_reached_is_told(
    ask: Ask, shop: Server, changes: dict[str, Any], code: str, is_retryable: bool
) -> None:
    ask.account = shop.account(**changes)

    error = ask.refused("SELECT 1")

    assert (error.code, error.is_retryable) == (code, is_retryable)


def test_an_address_that_nobody_allowed_is_not_connected_to(ask: Ask, settings: Settings) -> None:
    settings.SEQUITUR_OUTBOUND_ALLOW = []

    assert ask.refused("SELECT 1").code == "address_refused"


def test_the_engines_own_database_is_refused_behind_any_port(ask: Ask, shop: Server) -> None:
    place = connection.settings_dict
    with postgres_server.relay(f"{place['HOST']}/.s.PGSQL.5432") as port:
        ask.account = shop.account(port=port, database=place["NAME"], user=place["USER"])

        assert ask.refused("SELECT 1").code == "own_database"


def test_the_engines_own_database_is_refused_by_its_address(
    ask: Ask, shop: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"HOST": "127.0.0.1", "PORT": shop.port, "NAME": "shop"}.items():
        monkeypatch.setitem(connection.settings_dict, name, value)

    assert ask.refused("SELECT 1").code == "own_database"


def test_a_template_in_sql_is_refused_when_it_is_written() -> None:
    params = {"sql": "SELECT '{{ lead.name }}'", "params": ["{{ lead.id }}"]}

    [problem] = checking.check_params(action_types.get("db_query"), params, path="/params")

    assert (problem.path, problem.code) == ("/params/sql", "template_not_allowed")
    assert "sql" in action_types.get("db_query").as_written


@pytest.mark.parametrize(
    "changes",
    [{"host": "a,b"}, {"host": "/tmp"}, {"host": "a b"}, {"host": ""}, {"database": "x=y"}, {"user": "a\x00"},
     {"database": "postgres://x"}, {"port": 0}, {"sslmode": "allow"}],
)  # fmt: skip
def test_settings_that_libpq_would_read_otherwise_are_refused(shop: Server, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        shop.account(**changes)


def test_no_session_stays_behind(ask: Ask, shop: Server) -> None:
    ask("SELECT g FROM generate_series(1, 10000000) g", max_rows=1)
    place = {"host": "127.0.0.1", "port": shop.port, "password": PASSWORD}
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'Sequitur'"

    with psycopg.connect(dbname="shop", user="boss", **place) as watching:  # type: ignore[arg-type]
        for _ in range(100):
            row = watching.execute(count).fetchone()
            watching.rollback()
            if row == (0,):
                return
            time.sleep(0.05)
    raise AssertionError("a session is still there after five seconds")
