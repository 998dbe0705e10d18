"""How values of PostgreSQL become JSON without loss: text where Python or JSON has no equal value."""

import re
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.rows import TupleRow

from core import documents, json_values
from core.errors import SequiturError

_MAX_JSON_BYTES = 1024 * 1024
_ORDINARY = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?(\+00)?")
_AS_TEXT = ("date", "time", "timetz", "interval")
_INSTANTS = ("timestamp", "timestamptz")


class _Text(Loader):
    """As PostgreSQL writes it, for instants that Python lacks (infinity, before year 1, after 9999) and time spans."""

    def load(self, data: Buffer) -> str:
        return bytes(data).decode("utf-8", "replace")


class _Instant(_Text):
    """ISO 8601, such as 2026-01-31T09:00:00Z: the zone of our sessions is UTC."""

    def load(self, data: Buffer) -> str:
        text = super().load(data)
        return text.replace(" ", "T").replace("+00", "Z") if _ORDINARY.fullmatch(text) else text


class _Json(_Text):
    """The JSON itself, if it can be stored; else its text."""

    def load(self, data: Buffer) -> Any:
        try:
            return documents.parse_json(bytes(data), max_bytes=_MAX_JSON_BYTES)
        except SequiturError:
            return super().load(data)


def register(session: psycopg.Connection[TupleRow]) -> None:
    """Use these for the types that Python's own values are too narrow for."""
    for loader, names in ((_Text, _AS_TEXT), (_Instant, _INSTANTS), (_Json, ("json", "jsonb"))):
        for name in names:
            session.adapters.register_loader(name, loader)


def as_json(value: Any) -> Any:
    """A value as psycopg gives it: numeric as text, exactly; bytea in base64; ranges, addresses and others as text."""
    return json_values.convert(value, unknown=json_values.as_text)
