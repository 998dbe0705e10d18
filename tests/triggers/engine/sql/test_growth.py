"""What grows while PostgreSQL plans, where no timeout holds, is refused before."""

import pytest

from triggers.engine.sql import checking
from triggers.engine.sql.errors import InvalidSqlError

LEVELS = "SELECT 'aaaaaaaaaa' AS x"
for _ in range(4):
    LEVELS = f"SELECT concat({', '.join(['x'] * 40)}) AS x FROM ({LEVELS}) q"
FORTY = ", ".join(["x"] * 40)
B = "b" * 3000
GROWING = {
    "levels": f"SELECT length(x) FROM ({LEVELS}) q",
    "unnamed": LEVELS.replace(" AS x", "").replace("x", "concat").replace("'aaaaaaaaaa'", "'aaaaaaaaaa' AS concat"),
    "renamed": f"SELECT concat({', '.join(['y'] * 40)}) FROM ({LEVELS}) q(y)",
    "with": f"WITH a AS ({LEVELS}), b AS NOT MATERIALIZED (SELECT concat({FORTY}) FROM a) SELECT * FROM b",
    "whole rows": "SELECT concat(" + ", ".join(["q"] * 300) + f") FROM (SELECT {', '.join(['$1 AS z'] * 20)}) q",
    "as events": f"SELECT length(data) FROM ({LEVELS.replace('x', 'data')}) q",
    "replaced": f"SELECT length(replace(replace('aaaaaaaaaa', 'a', '{B}'), 'b', '{B}'))",
    "values alone": f"VALUES (length(replace(replace('aaaaaaaaaa', 'a', '{B}'), 'b', '{B}')))",
    "of VALUES": f"SELECT concat({', '.join(['column1'] * 300)}) FROM (VALUES (concat({', '.join(['$1'] * 10)}))) v",
    "of a function": f"SELECT concat({', '.join(['u'] * 300)}) FROM unnest(ARRAY[concat({', '.join(['$1'] * 10)})]) u",
    "by parameters": "SELECT length(replace(replace('aaaaaaaaaa', 'a', $1), 'b', $1))",
    "filled up": "SELECT " + ", ".join(["'a'::char(10485760)::text"] * 3),
    "delimited": "SELECT array_to_string(ARRAY[1, 2, 3, 4], array_to_string(ARRAY['a', 'b', 'c', 'd'], $1 || $1)) || "
    "array_to_string(ARRAY[$1, $1, $1], $1)",
    "short numbers": "SELECT " + ", ".join(["9e131071::text"] * 150),
    "numbers of JSON": f"SELECT '[{', '.join(['9e131071'] * 150)}]'::jsonb::text",
    "numbers made": "SELECT replace('" + "9x131071," * 200 + "', 'x', 'e')::jsonb::text",
}


@pytest.mark.parametrize("name", GROWING)
def test_what_grows_without_bound_is_refused(name: str) -> None:
    with pytest.raises(InvalidSqlError) as refused:
        checking.check(GROWING[name], ["a" * 10_000])

    assert "could grow" in str(refused.value.detail)


def test_what_people_ask_is_not() -> None:
    rows = "SELECT type, (data->>'total')::numeric AS total, data->>'name' AS name, received_at FROM events"
    sums = f"SELECT type, sum(total) AS s, avg(total) AS a, string_agg(name, ', ') AS names FROM ({rows}) r GROUP BY 1"

    for sql, values in (
        (f"SELECT type, round(s / a, 2), s + a, names, upper(names) FROM ({sums}) t ORDER BY s DESC", []),
        (f"WITH a AS ({sums}), b AS ({sums}) SELECT a.s - b.s, a.type FROM a JOIN b ON a.type = b.type", []),
        ("SELECT replace(data->>'name', $1, $2), replace(type, '.', ' / ') FROM events", ["a" * 100, "b" * 100]),
        ("SELECT * FROM (SELECT * FROM events e) q", []),
        ("SELECT " + ", ".join(f"data->>'f{n}' AS f{n}" for n in range(100)) + " FROM events", []),
    ):
        checking.check(sql, values)
