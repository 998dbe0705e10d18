"""Schemas of OpenAPI as shapes of a connector: what does not fit becomes `any`, which lets the API itself judge."""

from collections.abc import Iterator, Mapping
from typing import Any

from actions.connectors.openapi.references import Json, UnmappedError, mapping, resolved, text

MAX_DEPTH = 4  # levels of objects and lists that are described; what is deeper is passed on as it is
MAX_SHAPES = 120  # of one parameter
MAX_PROPERTIES = 60
MAX_PARTS = 20  # of one allOf
MAX_ENUM = 100
DESCRIPTION_CHARACTERS = 300
_TYPES = frozenset({"string", "integer", "number", "boolean", "object", "array"})
_WHOLE_NUMBERS = {"minLength": "min_length", "maxLength": "max_length"}


def shape(spec: Json, schema: Any) -> dict[str, Any]:
    """The shape of a schema, as it is written in a connector. Never fails: at worst it is `any`."""
    return _shape(spec, schema, depth=1, left=[MAX_SHAPES])


def merged(spec: Json, schema: Any) -> Json:
    """The schema with its `allOf` put together, one level of it. Raises `UnmappedError` as references do."""
    found = resolved(spec, schema)
    parts = found.get("allOf")
    if not isinstance(parts, list):
        return found
    whole: dict[str, Any] = {**found, "properties": {}, "required": []}
    for part in [*parts[:MAX_PARTS], {name: each for name, each in found.items() if name != "allOf"}]:
        one = resolved(spec, part)
        if "allOf" in one:
            one = {**one, "properties": {**_inherited(spec, one), **mapping(one.get("properties"))}}
        whole["properties"] |= mapping(one.get("properties"))
        whole["required"] += _names(one.get("required"))
        whole |= {name: each for name, each in one.items() if name not in {"properties", "required", "allOf"}}
    whole.pop("allOf", None)
    if whole["properties"]:
        whole["type"] = "object"
    return whole


def _inherited(spec: Json, schema: Json) -> dict[str, Any]:
    """The properties of an `allOf` inside an `allOf`; deeper ones are passed on undescribed."""
    found: dict[str, Any] = {}
    parts = schema.get("allOf")
    for part in parts[:MAX_PARTS] if isinstance(parts, list) else []:
        found |= mapping(resolved(spec, part).get("properties"))
    return found


def _shape(spec: Json, schema: Any, *, depth: int, left: list[int]) -> dict[str, Any]:
    """`left` counts down over all of one parameter."""
    left[0] -= 1
    try:
        found = merged(spec, schema)
    except UnmappedError:
        return {"type": "any"}
    kind, is_nullable = _kind(found)
    made: dict[str, Any] = {"type": kind}
    if description := text(found.get("description"), at_most=DESCRIPTION_CHARACTERS):
        made["description"] = description
    if is_nullable:
        made["nullable"] = True
    enum = found.get("enum")
    if isinstance(enum, list) and enum and kind in {"string", "integer", "number"}:
        options = [each for each in enum if each is not None]
        if options and len(options) <= MAX_ENUM and all(isinstance(each, str | int | float) for each in options):
            return {**made, "enum": options}
    if kind == "array" and depth < MAX_DEPTH and left[0] > 0 and "items" in found:
        made["items"] = _shape(spec, found["items"], depth=depth + 1, left=left)
    if kind == "object" and depth < MAX_DEPTH and left[0] > 0:
        made |= _properties(spec, found, depth=depth, left=left)
    return made | dict(_bounds(found, kind))


def _properties(spec: Json, found: Json, *, depth: int, left: list[int]) -> dict[str, Any]:
    properties = mapping(found.get("properties"))
    if not properties or len(properties) > min(MAX_PROPERTIES, left[0]):
        return {}
    required = _names(found.get("required"))
    inner = {}
    for name, each in properties.items():
        if not 0 < len(name) <= 200:
            continue
        inner[name] = _shape(spec, each, depth=depth + 1, left=left)
        if name in required:
            inner[name]["required"] = True
    return {"properties": inner} if inner else {}


def _kind(found: Json) -> tuple[str, bool]:
    """The type, and whether null is one of its values."""
    kinds = found.get("type")
    listed = [each for each in kinds if isinstance(each, str)] if isinstance(kinds, list) else [kinds]
    is_nullable = "null" in listed or found.get("nullable") is True
    options = [each for each in listed if each in _TYPES]
    if len(options) == 1 and not any(name in found for name in ("oneOf", "anyOf")):
        return str(options[0]), is_nullable
    if not options and mapping(found.get("properties")):
        return "object", is_nullable
    return "any", is_nullable


def _bounds(found: Json, kind: str) -> Iterator[tuple[str, Any]]:
    if kind in {"integer", "number"}:
        for name in ("minimum", "maximum"):
            if isinstance(found.get(name), int | float) and not isinstance(found[name], bool):
                yield name, found[name]
    if kind == "string":
        for theirs, ours in _WHOLE_NUMBERS.items():
            if isinstance(found.get(theirs), int) and found[theirs] > 0:
                yield ours, found[theirs]


def _names(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def required_names(schema: Json) -> list[str]:
    """The names that an object must have."""
    return _names(schema.get("required"))


def properties_of(schema: Json) -> Mapping[str, Any]:
    """The properties of an object."""
    return mapping(schema.get("properties"))
