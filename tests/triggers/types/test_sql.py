"""What a trigger asks is refused where it stands, in the words of POST events/query/."""

from typing import Any

import pytest

from core.errors import InvalidError, Problem
from triggers import resolving
from triggers.engine.sql import allowed
from triggers.types import sql

HOUR = "received_at > now() - interval '1 hour'"
GOOD = f"SELECT data->>'user' AS user, count(*) AS failures FROM events WHERE {HOUR} GROUP BY 1 HAVING count(*) > 2"
QUERY, KEY = "/t/params/query", "/t/params/key"


def problems(**params: Any) -> list[Problem]:
    try:
        resolving.resolve("sql", {"query": GOOD, **params}, path="/t")
    except InvalidError as error:
        return [*error.problems]
    return []


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"every_seconds": 10, "key": "user"},
        {"every_seconds": 86400, "key": "user, failures"},
        {"key": "{{ user }}/{{ failures }}"},
        {"query": f"SELECT events.id FROM events WHERE type = 'a' AND {HOUR}"},
        {"query": "SELECT * FROM events e WHERE e.received_at >= '2026-01-01'"},
        {"query": f"WITH e AS (SELECT * FROM events WHERE {HOUR}) SELECT a.id FROM e a JOIN e b USING (subject)"},
    ],
    ids=range(7),
)
def test_good_parameters(params: dict[str, Any]) -> None:
    assert problems(**params) == []


@pytest.mark.parametrize(
    ("params", "path", "code", "words"),
    [
        ({"query": "SELECT pg_sleep(1)"}, QUERY, "unknown_function",
         "line 1, column 8: The function 'pg_sleep' is not allowed here."),
        ({"query": "SELECT 1 FRM x y"}, QUERY, "syntax_error",
         'line 1, column 14: syntax error at or near "x".'),
        ({"query": "DELETE FROM events"}, QUERY, "not_allowed", "Only SELECT may be sent"),
        ({"query": f"SELECT id FROM events WHERE type = $1 AND {HOUR}"}, QUERY, "not_allowed", "has no parameters"),
        ({"query": "SELECT id FROM events"}, QUERY, "no_time_bound", "Say from when on"),
        ({"query": f"SELECT id FROM events WHERE type = 'a' OR {HOUR}"}, QUERY, "no_time_bound", "Say from when on"),
        ({"query": "VALUES (1)"}, QUERY, "no_time_bound", "Say from when on"),
        ({"query": f"SELECT 1 FROM events a, events b WHERE a.{HOUR}"}, QUERY, "no_time_bound", "once in WITH"),
        ({"query": ""}, QUERY, "invalid", ""),
        ({"query": "x" * (allowed.MAX_SQL_CHARACTERS + 1)}, QUERY, "invalid", ""),
        ({"every_seconds": 9}, "/t/params/every_seconds", "invalid", ""),
        ({"every_seconds": 86401}, "/t/params/every_seconds", "invalid", ""),
        ({"every_seconds": "60"}, "/t/params/every_seconds", "invalid", ""),
        ({"key": "{{ user"}, KEY, "invalid_template", ""),
        ({"key": "user,"}, KEY, "invalid", "names of columns"),
        ({"parameters": []}, "/t/params/parameters", "unknown_field", ""),
    ],
    ids=range(16),
)  # fmt: skip
def test_bad_parameters_are_refused_with_their_place(params: Any, path: str, code: str, words: str) -> None:
    [problem] = problems(**params)

    assert (problem.path, problem.code) == (path, code)
    assert words in problem.message


def test_columns_of_a_key() -> None:
    keys = ["", "user", "user, ip", "{{ user }}, {{ ip }}"]

    assert [sql.Params(query=GOOD, key=each).columns for each in keys] == [(), ("user",), ("user", "ip"), ()]
