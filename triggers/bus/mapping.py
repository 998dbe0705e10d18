"""Which queue or topic means which events, of which workspace."""

from collections.abc import Sequence
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator, model_validator

from core import documents, validation
from core.errors import InvalidError, Problem
from core.expressions import paths
from core.expressions.paths import InvalidPathError
from triggers.engine import patterns

MAX_FILE_BYTES = 256 * 1024


class Route(BaseModel):
    """What the messages of one queue or topic are. Paths (`order.id`) lead into the message's JSON.

    The type is `type`, or what stands at `type_field`, or what the message says of itself (a CloudEvent, or the short
    form `{"type", "data"}`). `id_field`, `data_field` and `source` are asked before what the message says.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    queue: str = Field(min_length=1, max_length=249, validation_alias=AliasChoices("queue", "topic"))
    workspace: str = Field(min_length=1)
    type: str = ""
    type_field: str = ""
    id_field: str = ""
    data_field: str = ""
    source: str = Field("", max_length=255)

    @field_validator("type")
    @classmethod
    def is_name(cls, value: str) -> str:
        if value and not patterns.is_name(value):
            raise ValueError("expected the type of an event: names joined by dots, like lead.created")
        return value

    @field_validator("type_field", "id_field", "data_field")
    @classmethod
    def is_path(cls, value: str) -> str:
        if value:
            try:
                paths.parse(value)
            except InvalidPathError as error:
                raise ValueError(f"expected a path, like order.id: {error.detail}") from None
        return value

    @model_validator(mode="after")
    def has_one_type(self) -> "Route":
        if self.type and self.type_field:
            raise ValueError("write `type` or `type_field`, not both")
        return self


class _Map(BaseModel):
    """A list of routes as a document."""

    model_config = ConfigDict(extra="forbid")

    routes: list[Route]


def parse(text: bytes) -> tuple[Route, ...]:
    """The routes of a YAML file: a list of them. Raises `InvalidError` with every problem."""
    document: Any = documents.parse_yaml(text, max_bytes=MAX_FILE_BYTES)
    return of(document if isinstance(document, list) else [document])


def of(routes: Sequence[Any]) -> tuple[Route, ...]:
    """The routes. Raises `InvalidError` with every problem, and for a queue that is named twice."""
    found = validation.parse(_Map, {"routes": list(routes)}, detail="The map of queues is not valid.").routes
    if not found:
        raise InvalidError("The map of queues is empty.", problems=[Problem("/routes", "missing", "Name a queue.")])
    names = [route.queue for route in found]
    for name in names:
        if names.count(name) > 1:
            raise InvalidError(f"The queue {name!r} stands in the map twice.")
    return tuple(found)
