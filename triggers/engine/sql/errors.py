"""What is wrong with SQL, and where."""

from core.errors import InvalidError, Problem


class InvalidSqlError(InvalidError):
    """The SQL cannot be run: `errors` says where and why."""

    code = "invalid_sql"

    def __init__(self, code: str, message: str, *, sql: str = "", at: int | None = None) -> None:
        """`at`: the place in `sql`, in characters from 0."""
        where = "" if at is None else f"{place(sql, at)}: "
        super().__init__(f"The SQL cannot be run. {where}{message}", problems=[Problem("/sql", code, where + message)])


def place(sql: str, at: int) -> str:
    """Where a character stands, for people: `line 2, column 8`."""
    before = sql[:at]
    return f"line {before.count(chr(10)) + 1}, column {at - before.rfind(chr(10))}"
