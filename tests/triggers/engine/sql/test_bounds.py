import pytest

from triggers.engine.sql import checking


@pytest.mark.parametrize(
    ("condition", "since"),
    [
        ("received_at >= '2026-01-01'", "'2026-01-01'"),
        ("type = 'x' AND (id = 'y' AND received_at > now() - interval '1 day')", "now() - '1 day'::interval"),
        ("events.received_at BETWEEN current_date - 7 AND now()", "current_date - 7"),
        ("received_at = $1", "$1"),
        ("received_at < now()", None),
        ("now() < received_at", None),
        ("received_at >= now() OR true", None),
        ("NOT received_at >= now()", None),
        ("received_at >= time", None),
        ("received_at >= (SELECT max(time) FROM events)", None),
        ("time >= now()", None),
    ],
)
def test_the_bound_is_what_no_row_decides(condition: str, since: str | None) -> None:
    bound = checking.check(f"SELECT id FROM events WHERE {condition}").since

    assert (bound.sql if bound else None) == since


def test_of_two_relations_none_is_bounded() -> None:
    sql = "SELECT 1 FROM events a, events b WHERE a.received_at > now() AND b.id = a.id"

    assert checking.check(sql).since is None


def test_a_relation_in_another_select_is_bounded_by_that() -> None:
    within = "SELECT * FROM (SELECT id FROM events e WHERE e.received_at > now()) x WHERE x.id = 'a'"
    outside = "SELECT * FROM (SELECT id, received_at FROM events) e WHERE e.received_at > now()"

    assert checking.check(within).since is not None
    assert checking.check(outside).since is None


def test_an_outer_join_keeps_what_the_condition_is_not_about() -> None:
    sql = "SELECT 1 FROM unnest(ARRAY[1]) x LEFT JOIN events ON true WHERE received_at > now()"

    assert checking.check(sql).since is None
