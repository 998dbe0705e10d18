from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from actions import checking
from actions.base import ActionCall, ActionFailedError, Effects
from actions.databases import sessions
from actions.registry import action_types
from tests.actions import postgres_server
from tests.actions.opening import OneConnection
from tests.actions.postgres_server import Server

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_is_allowed")]


@pytest.fixture(scope="module")
def shop() -> Iterator[Server]:
    with postgres_server.running() as server:
        yield server


Do = Callable[..., dict[str, Any]]


@pytest.fixture
def do(call: ActionCall, shop: Server) -> Do:
    def perform(sql: str, *values: Any, key: str = "db_execute", allow_writes: bool = True) -> dict[str, Any]:
        action_type = action_types.get(key)
        given = replace(call, connections=OneConnection(shop.account(allow_writes=allow_writes), call.redactor))
        params = {"sql": sql, "params": list(values)} if values else {"sql": sql}
        return action_type.perform(checking.validated(action_type, params), given).output

    return perform


def names(do: Do) -> list[str]:
    return [row["name"] for row in do("SELECT name FROM orders ORDER BY id", key="db_query")["rows"]]


def test_a_change_is_made_and_told(do: Do) -> None:
    made = do("INSERT INTO orders VALUES (%s, %s, %s), (%s, 'Eve', NULL) RETURNING id, total", 10, "Dan", 1.5, 11)
    removed = do("DELETE FROM orders WHERE id >= 10")

    assert made == {
        "row_count": 2,
        "rows": [{"id": 10, "total": "1.50"}, {"id": 11, "total": None}],
        "truncated": False,
    }
    assert removed == {"row_count": 2, "rows": [], "truncated": False}
    assert action_types.get("db_execute").effects is Effects.ONCE


def test_nothing_is_changed_where_no_admin_allowed_it(do: Do) -> None:
    with pytest.raises(ActionFailedError, match="set allow_writes") as raised:
        do("DELETE FROM orders", allow_writes=False)

    assert raised.value.code == "writes_not_allowed"
    assert names(do) == ["Ada", "Bob", "Zoë"]


@pytest.mark.parametrize(
    "sql",
    ["DELETE FROM orders; SELECT 1", "INSERT INTO orders VALUES (1, 'again', 1)", "UPDATE orders SET name = NULL"],
)
def test_a_statement_that_fails_changes_nothing(do: Do, sql: str) -> None:
    with pytest.raises(ActionFailedError) as raised:
        do(sql)

    assert raised.value.code == "sql_error"
    assert "again" not in raised.value.message
    assert names(do) == ["Ada", "Bob", "Zoë"]


def test_all_is_written_though_not_all_is_kept(do: Do) -> None:
    made = do("INSERT INTO orders SELECT g, repeat('x', 20000), 1 FROM generate_series(1000, 1199) g RETURNING name")
    removed = do("DELETE FROM orders WHERE id >= 1000")

    assert (made["row_count"], made["truncated"], removed["row_count"]) == (200, True, 200)
    assert len(made["rows"]) == 52


def test_a_commit_without_an_answer_is_not_repeated(do: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = psycopg.Connection.commit

    def lost(session: sessions.Session) -> None:
        commit(session)
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(psycopg.Connection, "commit", lost)
    with pytest.raises(ActionFailedError) as raised:
        do("UPDATE orders SET total = 10 WHERE id = 1")

    assert (raised.value.code, raised.value.is_retryable, raised.value.is_outcome_unknown) == (
        "outcome_unknown",
        False,
        True,
    )
