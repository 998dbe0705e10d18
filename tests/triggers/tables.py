"""Tables that Django knows nothing of."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db import connection

LEADS = (
    "CREATE TABLE leads (id bigint PRIMARY KEY, name text, score numeric(8,2), iban text, big bigint, extra jsonb, "
    "seen_at timestamptz, place text, ws uuid)"
)


def run(statement: str, values: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def leads() -> Iterator[None]:
    """The table `leads`; inside the transaction of a test it goes with that."""
    run(LEADS)
    is_kept = not connection.in_atomic_block
    try:
        yield
    finally:
        if is_kept:
            run("DROP TABLE leads")


def watch(table: str, *arguments: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("watch_table", table, *arguments, stdout=out)
    return out.getvalue()
