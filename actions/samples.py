"""An example of a value, from the JSON Schema of what an action type says that it returns. Pure."""

from functools import lru_cache
from typing import Any

from pydantic import BaseModel

Json = dict[str, Any]

MAX_DEPTH = 8  # a model may hold itself

_PLAIN = {"string": "sample", "integer": 1, "number": 1.0, "boolean": True}
_FORMATS = {"date-time": "2026-01-31T09:00:00Z", "date": "2026-01-31", "email": "sample@example.com"}


def of_model(model: type[BaseModel] | None) -> Json:
    """An example of what fits the model; nothing when there is none."""
    return {} if model is None else dict(_known(model))


def of_schema(schema: Json) -> Any:
    """An example of a value: what the schema gives itself (examples, default, const, enum), else one of its type.

    What says no type, a list, and what is nested more than `MAX_DEPTH` levels, is as empty as it can be.
    """
    return _example(schema, schema.get("$defs") or {}, depth=0)


@lru_cache(maxsize=512)
def _known(model: type[BaseModel]) -> Json:
    found = of_schema(model.model_json_schema())
    return found if isinstance(found, dict) else {}


def _example(schema: Any, parts: Json, *, depth: int) -> Any:
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return None
    given = _given(schema)
    if given:
        return given[0]
    if isinstance(schema.get("$ref"), str):
        return _example(parts.get(schema["$ref"].rpartition("/")[2]), parts, depth=depth + 1)
    choices = schema.get("anyOf") or schema.get("oneOf") or []
    if isinstance(choices, list) and choices:
        return _example(next((each for each in choices if each != {"type": "null"}), None), parts, depth=depth + 1)
    return _of_type(schema, parts, depth=depth)


def _given(schema: Json) -> list[Any]:
    """What the schema says itself, the first of it being the example."""
    examples = schema.get("examples")
    found = list(examples) if isinstance(examples, list) else []
    found += [schema[name] for name in ("default", "const") if name in schema]
    return found + (list(schema["enum"]) if isinstance(schema.get("enum"), list) else [])


def _of_type(schema: Json, parts: Json, *, depth: int) -> Any:
    kind = schema.get("type")
    kind = next((each for each in kind if each != "null"), None) if isinstance(kind, list) else kind
    properties = schema.get("properties")
    if kind == "object" or isinstance(properties, dict):
        members = properties.items() if isinstance(properties, dict) else ()
        return {name: _example(each, parts, depth=depth + 1) for name, each in members}
    if kind == "array":
        return []
    if kind == "string":
        return _FORMATS.get(str(schema.get("format")), _PLAIN["string"])
    return _PLAIN.get(str(kind))
