"""An example for a JSON Schema: what the shape itself gives as one, or else a plausible value of each field.

Pure. The same schema has the same example each time, so that the description of the API can be compared.
"""

from typing import Any

UUID = "01980f3e-7a52-7c3b-9d10-5f2b6c1e8a44"
INSTANT = "2026-01-31T09:30:00Z"
FORMATS: dict[str, Any] = {
    "uuid": UUID,
    "date-time": INSTANT,
    "date": "2026-01-31",
    "time": "09:30:00",
    "email": "ann@example.com",
    "uri": "https://example.com/",
}
# What a text is about, by the name of its field.
NAMES: dict[str, str] = {
    "id": UUID,
    "uid": UUID,
    "name": "welcome",
    "slug": "welcome",
    "url": "https://example.com/hook",
    "detail": "The request is not valid.",
    "request_id": "01980f3e-7a52-7c3b-9d10-5f2b6c1e8a44",
    "reason": "asked for by the customer",
    "comment": "asked for by the customer",
    "actor": "key sq_ab12cd34",
    "scope": "events:write",
    "time_zone": "UTC",
}
MAX_DEPTH = 8

Schema = dict[str, Any]


def of(schema: Schema, schemas: Schema, *, name: str = "", depth: int = 0) -> Any:
    """An example of `schema`, whose references are into `schemas` (`#/components/schemas/...`).

    1. What the schema says: `examples`, `example`, `const`, `default` (but for null), the first of an `enum`.
    2. Of several schemas the first that is not null. 3. By type, format and the name of the field.
    """
    if "$ref" in schema:
        return of(schemas[schema["$ref"].rpartition("/")[2]], schemas, name=name, depth=depth)
    given, found = _said(schema)
    if given:
        return found
    for word in ("anyOf", "oneOf", "allOf"):
        if choices := schema.get(word):
            plain = [each for each in choices if each.get("type") != "null"]
            return of((plain or choices)[0], schemas, name=name, depth=depth)
    kinds = schema.get("type", "object" if "properties" in schema else None)
    kind = next((each for each in kinds if each != "null"), "null") if isinstance(kinds, list) else kinds
    if kind == "object":
        return _object(schema, schemas, depth)
    if kind == "array":
        return _array(schema, schemas, name, depth)
    return _scalar(kind, schema, name)


def _said(schema: Schema) -> tuple[bool, Any]:
    if schema.get("examples"):
        return True, schema["examples"][0]
    for word in ("example", "const", "default"):
        if schema.get(word) not in (None, ""):  # an empty text says nothing, and may be too short for who gives one
            return True, schema[word]
    return (True, schema["enum"][0]) if schema.get("enum") else (False, None)


def _object(schema: Schema, schemas: Schema, depth: int) -> Any:
    needed = set(schema.get("required", ()))
    fields = schema.get("properties", {}).items()
    return {
        name: of(field, schemas, name=name, depth=depth + 1)
        for name, field in fields
        if name in needed or depth < MAX_DEPTH
    }


def _array(schema: Schema, schemas: Schema, name: str, depth: int) -> list[Any]:
    items = schema.get("items")
    if depth >= MAX_DEPTH or not items:
        return []
    return [of(items, schemas, name=name.removesuffix("s"), depth=depth + 1)] * schema.get("minItems", 1)


def _scalar(kind: Any, schema: Schema, name: str) -> Any:
    if kind in {"integer", "number"}:
        least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        return max(1, least) if schema.get("maximum", 1) >= 1 else schema["maximum"]
    if kind == "boolean":
        return False
    if kind == "string":
        text = FORMATS.get(schema.get("format", ""), NAMES.get(name, name or "text"))
        return text[: schema.get("maxLength", len(text))].ljust(schema.get("minLength", 0), "x")
    return None if kind == "null" else {}
