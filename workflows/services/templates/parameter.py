"""What a template asks for before it becomes a workflow. Pure.

A kind says what a value is, so that editors can draw a field for it and it can be checked before anything is made. What
its file says of a parameter becomes a JSON Schema; `x-kind` has the kind, `x-connection` the kinds of connections.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

Json = dict[str, Any]

NAME = r"[a-z][a-z0-9_]{0,63}"
IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]{0,99}"


class Kind(StrEnum):
    """What the value of a parameter is."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    LIST = "list"
    EMAIL = "email"
    EMAILS = "emails"
    URL = "url"
    CONNECTION = "connection"
    SECRET = "secret"  # noqa: S105  the name of a secret, never the secret
    WORKFLOW = "workflow"
    EVENT_TYPE = "event_type"
    PATH = "path"
    CRON = "cron"
    TIMEZONE = "timezone"


_TEXT: Json = {"type": "string", "minLength": 1, "maxLength": 500}
_EMAIL: Json = {"type": "string", "format": "email", "maxLength": 320}
SCHEMAS: Mapping[Kind, Json] = {
    Kind.TEXT: _TEXT,
    Kind.LONG_TEXT: {**_TEXT, "maxLength": 10_000},
    Kind.NUMBER: {"type": "number"},
    Kind.INTEGER: {"type": "integer"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.LIST: {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": 100},
    Kind.EMAIL: _EMAIL,
    Kind.EMAILS: {"type": "array", "items": _EMAIL, "minItems": 1, "maxItems": 50},
    Kind.URL: {"type": "string", "format": "uri", "pattern": "^https?://", "maxLength": 2048},
    Kind.CONNECTION: {"type": "string", "minLength": 1, "maxLength": 100},
    Kind.SECRET: {"type": "string", "pattern": f"^{IDENTIFIER}$"},
    Kind.WORKFLOW: {"type": "string", "minLength": 1, "maxLength": 200},
    Kind.EVENT_TYPE: {"type": "string", "minLength": 1, "maxLength": 200},
    Kind.PATH: {"type": "string", "pattern": r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$", "maxLength": 200},
    Kind.CRON: {"type": "string", "minLength": 1, "maxLength": 200},
    Kind.TIMEZONE: {"type": "string", "minLength": 1, "maxLength": 64},
}
IN_TEXT = frozenset(SCHEMAS) - {Kind.LIST, Kind.EMAILS, Kind.BOOLEAN}  # what reads well as a part of a longer text
IN_EXPRESSIONS = frozenset({Kind.INTEGER, Kind.SECRET})  # nothing but digits, or one name


class Written(BaseModel):
    """A parameter as its template's file says it. Without a default, and not optional, it has to be given."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: Kind = Kind.TEXT
    title: str = Field(min_length=1, max_length=100)
    description: str = Field("", max_length=1000)
    default: Any = None
    optional: bool = False
    examples: list[Any] = Field([], max_length=10)
    connection: list[str] = Field([], max_length=20, description="Of `connection`: the kinds that fit")
    enum: list[Any] | None = Field(None, min_length=1, max_length=100)
    pattern: str | None = Field(None, max_length=500)
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = Field(None, alias="minLength", ge=0)
    max_length: int | None = Field(None, alias="maxLength", ge=1, le=10_000)
    max_items: int | None = Field(None, alias="maxItems", ge=1, le=1000)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `is_required`: there is no value unless one is given; an optional one has none then."""

    name: str
    kind: Kind
    schema: Json
    is_required: bool
    default: Any
    connection_kinds: frozenset[str] = frozenset()


_NARROWING = ("enum", "pattern", "minimum", "maximum", "min_length", "max_length", "max_items")


def made(name: str, written: Written) -> Parameter:
    """The parameter that a file describes."""
    schema: Json = {**SCHEMAS[written.kind], "title": written.title, "x-kind": written.kind.value}
    if written.description:
        schema["description"] = written.description
    schema |= written.model_dump(include=set(_NARROWING), exclude_none=True, by_alias=True)
    if written.default is not None:
        schema["default"] = written.default
    if written.examples:
        schema["examples"] = written.examples
    if written.connection:
        schema["x-connection"] = sorted(written.connection)
    is_required = written.default is None and not written.optional
    return Parameter(name, written.kind, schema, is_required, written.default, frozenset(written.connection))


def schema_of(parameters: Mapping[str, Parameter]) -> Json:
    """The JSON Schema (2020-12) of all values together."""
    return {
        "type": "object",
        "properties": {name: each.schema for name, each in parameters.items()},
        "required": [name for name, each in parameters.items() if each.is_required],
        "additionalProperties": False,
    }
