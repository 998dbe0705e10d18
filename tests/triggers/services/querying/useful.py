"""Statements that people ask, over the events of `test_running.events`, and what each answers exactly."""

from typing import Any

# Each with its parameters, and the rows.
USEFUL: list[tuple[str, list[Any], list[list[Any]]]] = [
    ("SELECT count(*) FROM events", [], [[4]]),
    (
        "SELECT type, count(*) FROM events GROUP BY type ORDER BY 2 DESC, 1",
        [],
        [["order.placed", 3], ["lead.created", 1]],
    ),
    ("SELECT id FROM events WHERE data @> '{\"paid\": true}' ORDER BY id", [], [["o1"], ["o3"]]),
    ("SELECT sum((data->>'total')::numeric) FROM events WHERE type = 'order.placed'", [], [["60.5"]]),
    ("SELECT id FROM events WHERE (data->>'total')::numeric > $1 ORDER BY id", [15], [["o2"], ["o3"]]),
    ("SELECT id FROM events WHERE type = $1 AND subject = $2", ["order.placed", "ada"], [["o1"]]),
    ("SELECT id FROM events WHERE type LIKE 'order.%' AND id NOT IN ('o1', 'o2')", [], [["o3"]]),
    (
        "SELECT data->'customer'->>'city', count(*) FROM events GROUP BY 1 ORDER BY 1 NULLS LAST",
        [],
        [["Oslo", 2], ["Rome", 1], [None, 1]],
    ),
    (
        "SELECT e.id, line->>'sku' FROM events e, jsonb_array_elements(e.data->'lines') line ORDER BY 1, 2",
        [],
        [["o1", "a"], ["o1", "b"], ["o2", "a"]],
    ),
    (
        "SELECT e.id, k.key FROM events e CROSS JOIN LATERAL jsonb_each(e.data->'customer') AS k WHERE e.id = 'o1'",
        [],
        [["o1", "city"]],
    ),
    ("SELECT date_trunc('day', time)::date, count(*) FROM events GROUP BY 1", [], [["2026-01-31", 4]]),
    ("SELECT extract(hour FROM time AT TIME ZONE 'Europe/Oslo')::int FROM events WHERE id = 'o1'", [], [[10]]),
    ("SELECT to_char(time, 'YYYY-MM-DD HH24:MI') FROM events WHERE id = 'o1'", [], [["2026-01-31 09:00"]]),
    (
        "SELECT id, time FROM events WHERE time > '2026-01-31T09:30Z' ORDER BY time LIMIT 1",
        [],
        [["o2", "2026-01-31T10:00:00Z"]],
    ),
    ("SELECT max(time) - min(time) FROM events", [], [["03:00:00"]]),
    (
        "SELECT id, rank() OVER (ORDER BY data->'total' DESC) FROM events WHERE type = 'order.placed' ORDER BY 2",
        [],
        [["o3", 1], ["o2", 2], ["o1", 3]],
    ),
    (
        "SELECT id, lag(id) OVER w FROM events WINDOW w AS (ORDER BY time) ORDER BY time",
        [],
        [["o1", None], ["o2", "o1"], ["o3", "o2"], ["l1", "o3"]],
    ),
    (
        "WITH t AS (SELECT (data->>'total')::numeric AS n FROM events) SELECT round(avg(n), 2), min(n) FROM t",
        [],
        [["20.17", "10"]],
    ),
    ("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY (data->>'total')::float8) FROM events", [], [[20.0]]),
    ("SELECT count(*) FILTER (WHERE data->>'paid' = 'true'), count(DISTINCT type) FROM events", [], [[2, 2]]),
    (
        "SELECT CASE WHEN data->'total' >= '20' THEN 'large' END, count(*) FROM events GROUP BY 1 ORDER BY 1",
        [],
        [["large", 2], [None, 2]],
    ),
    (
        "SELECT string_agg(id, ',' ORDER BY id), jsonb_agg(id ORDER BY id) FROM events WHERE type = 'order.placed'",
        [],
        [["o1,o2,o3", ["o1", "o2", "o3"]]],
    ),
    (
        "SELECT a.id, b.id FROM events a JOIN events b USING (subject) WHERE b.id > a.id AND subject > ''",
        [],
        [["l1", "o1"]],
    ),
    (
        "SELECT coalesce(data->>'x', nullif(subject, ''), 'none') FROM events WHERE id IN ('o2', 'l1') ORDER BY 1",
        [],
        [["ada"], ["none"]],
    ),
    ("SELECT id FROM events WHERE data ? 'lines' AND jsonb_array_length(data->'lines') > 1", [], [["o1"]]),
    (
        "SELECT source, type, count(*) FROM events GROUP BY ROLLUP (source, type) HAVING grouping(source) = 1",
        [],
        [[None, None, 4]],
    ),
    (
        "SELECT id FROM events WHERE id = ANY (ARRAY['o1', 'zz']) UNION ALL SELECT 'end' FROM events WHERE id = 'l1'",
        [],
        [["o1"], ["end"]],
    ),
    (
        "SELECT greatest(1, 2), 'a' || 'b', 7 % 4, true AND NOT false, NULL IS NULL, upper('é')",
        [],
        [[2, "ab", 3, True, True, "É"]],
    ),
    ("SELECT id, type, data FROM events WHERE id = 'l1'", [], [["l1", "lead.created", {"note": "100%"}]]),
    ("SELECT id FROM events WHERE data->>'note' LIKE '%\\%'", [], [["l1"]]),
    ("SELECT $1 || $2, $3::int + 1, $4::bool, $5::text", ["a", "b", 2, False, None], [["ab", 3, False, None]]),
    ("VALUES (1, 'a'), (2, 'b')", [], [[1, "a"], [2, "b"]]),
    ("SELECT 1 AS a, 2 AS a", [], [[1, 2]]),
]
