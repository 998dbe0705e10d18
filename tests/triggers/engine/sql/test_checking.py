from tests.triggers.engine.sql.hostile import BEHIND, REFUSED
from tests.triggers.services.querying.useful import USEFUL
from triggers.engine.sql import checking
from triggers.engine.sql.errors import InvalidSqlError


def refusal(sql: str) -> str:
    """The code and the words of the problem, or "" where there is none."""
    try:
        checking.check(sql)
    except InvalidSqlError as error:
        [problem] = error.problems
        return f"{problem.code}: {problem.message}"
    return ""


def test_every_hostile_statement_is_refused() -> None:
    passed = [name for name, sql in REFUSED.items() if not refusal(sql)]

    assert passed == []
    assert len(REFUSED) > 80
    assert set(BEHIND) <= set(REFUSED)


def test_a_refusal_says_what_and_where() -> None:
    assert refusal("SELECT id,\n  pg_sleep(1)\nFROM events") == (
        "unknown_function: line 2, column 3: The function 'pg_sleep' is not allowed here."
    )
    assert refusal("SELECT 'é', x.y FROM events x").startswith(
        "unknown_column: line 1, column 13: There is no column 'x.y'"
    )
    assert refusal("SELECT 1 FRM x y") == 'syntax_error: line 1, column 14: syntax error at or near "x".'
    assert refusal("TABLE auth_user") == (
        "unknown_relation: line 1, column 7: There is no relation 'auth_user'; there is 'events'."
    )
    assert refusal("DELETE FROM events") == "not_allowed: Only SELECT may be sent, and this is DELETE."


def test_what_runs_is_written_from_the_tree() -> None:
    checked = checking.check('SELECT /* no; */ U&"\\0063ount"(*) -- comment\nFROM events AS e WHERE e."type" LIKE $1')

    assert checked.sql == "SELECT count(*) FROM sequitur_queries.events e WHERE e.type LIKE $1"
    assert (checked.parameters, checked.since) == (1, None)


def test_a_name_of_with_stays_a_name() -> None:
    checked = checking.check("WITH x AS (SELECT * FROM events) SELECT x.id FROM x")

    assert checked.sql == "WITH x AS (SELECT * FROM sequitur_queries.events) SELECT x.id FROM x"


def test_what_is_written_out_is_the_same_when_it_is_read_again() -> None:
    written = [checking.check(sql).sql for sql, _, _ in USEFUL]

    again = [checking.check(each.replace("sequitur_queries.", "")).sql for each in written]

    assert again == written
    assert len(USEFUL) > 25
