"""What statements read: the plan of each, with the rows that its nodes really met."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

_EXPLAIN = "EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF, SUMMARY OFF, BUFFERS OFF) "


@dataclass(frozen=True, slots=True)
class Read:
    """A statement, and the rows of the node of its plan that met most: those it passed on, and those it dropped."""

    statement: str
    relation: str
    rows: int


@contextmanager
def reads() -> Iterator[list[Read]]:
    """Explains every SELECT inside, which is executed twice for that."""
    found: list[Read] = []

    def explained(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = str(sql).lstrip()
        if text.upper().startswith(("SELECT", "WITH")) and not many and "FOR UPDATE" not in text:
            execute(_EXPLAIN + text, params, many, context)
            [(plan,)] = context["cursor"].fetchall()
            relation, rows = max(_met((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]), key=_by_rows)
            found.append(Read(text, relation, rows))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        yield found


def _met(node: dict[str, Any]) -> Iterator[tuple[str, int]]:
    rows = node["Actual Rows"] + sum(rows for name, rows in node.items() if name.startswith("Rows Removed by"))
    relation = node.get("Relation Name") or node.get("Index Name")
    yield relation or "", round(rows * node["Actual Loops"]) if relation else 0
    for inner in node.get("Plans", ()):
        yield from _met(inner)


def _by_rows(met: tuple[str, int]) -> int:
    return met[1]
