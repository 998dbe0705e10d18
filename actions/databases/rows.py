"""Rows as JSON objects, no more of them than is kept, and the values that statements are asked with."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from actions.base import ActionFailedError
from core import sql_values

MAX_ROWS = 1000
MAX_BYTES = 1024 * 1024

Json = dict[str, Any]


@dataclass(slots=True)
class Rows:
    """What was taken of an answer; `is_truncated` says that there is more."""

    columns: list[str] = field(default_factory=list)
    rows: list[Json] = field(default_factory=list)
    is_truncated: bool = False


def take(cursor: psycopg.Cursor[TupleRow], answers: Iterable[TupleRow], *, max_rows: int, is_cut_short: bool) -> Rows:
    """The first rows, at most `max_rows` and a megabyte of JSON.

    The rest is not read. Raises `ActionFailedError` (row_too_large) when not even the first row is kept, unless an
    answer may be cut short even so: what it tells of has been done.
    """
    taken, size = Rows(), 0
    for row in answers:
        taken.columns = taken.columns or _names(cursor)
        item = {name: sql_values.as_json(value) for name, value in zip(taken.columns, row, strict=True)}
        size += len(json.dumps(item, ensure_ascii=False).encode("utf-8", "replace"))
        if len(taken.rows) < max_rows and size <= MAX_BYTES:
            taken.rows.append(item)
            continue
        if not taken.rows and not is_cut_short:
            text = f"The first row alone has more than {MAX_BYTES:,} bytes; select less of it."
            raise ActionFailedError("row_too_large", text, is_retryable=False)
        taken.is_truncated = True
        break
    return taken


def adapted(params: list[Any] | Mapping[str, Any] | None) -> list[Any] | Json | None:
    """Parameters as psycopg takes them: objects, and lists that are no arrays of one kind, as JSON."""
    if params is None:
        return None
    if isinstance(params, list):
        return [_adapted(each) for each in params]
    return {name: _adapted(each) for name, each in params.items()}


def _adapted(value: Any) -> Any:
    is_array = isinstance(value, list) and len({type(each) for each in value} - {type(None)}) <= 1
    is_flat = is_array and not any(isinstance(each, dict | list) for each in value)
    return Jsonb(value) if isinstance(value, dict) or (isinstance(value, list) and not is_flat) else value


def _names(cursor: psycopg.Cursor[TupleRow]) -> list[str]:
    """The columns' names; the second `id` is `id_2`, since an object has each name once."""
    names: list[str] = []
    for column in cursor.description or ():
        number, name = 1, column.name
        while name in names:
            number += 1
            name = f"{column.name}_{number}"
        names.append(name)
    return names
