"""Types of Python for the schemas of the description, and the module of models.

What the server answers is read leniently: a word that an enumeration does not have yet is a text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from client_generator.words import docstring, field_name

Schema = dict[str, Any]
PREFIX = "#/components/schemas/"
SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
FORMATS = {"date-time": "dt.datetime", "date": "dt.date", "uuid": "UUID"}
PAGE = {"results", "next", "previous"}
HEAD = '''"""The shapes of the API. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from sequitur_client import models as base

'''


@dataclass(frozen=True, slots=True)
class Types:
    """Writes types. `answered`: the components that answers are made of; `scope` stands before their names."""

    components: dict[str, Schema]
    answered: frozenset[str]
    scope: str = ""

    def of(self, schema: Schema | bool, *, is_answer: bool) -> str:
        """The type of what the schema allows."""
        if not isinstance(schema, dict):
            return "Any"
        if "$ref" in schema:
            return self._named(schema["$ref"].removeprefix(PREFIX), is_answer=is_answer)
        for word in ("anyOf", "oneOf", "allOf"):
            if word in schema:
                return union([self.of(each, is_answer=is_answer) for each in schema[word]])
        if "enum" in schema or "const" in schema:
            return words(schema.get("enum", [schema.get("const")]), is_answer=is_answer)
        kind = schema.get("type")
        if isinstance(kind, list):
            return union([self.of({**schema, "type": each}, is_answer=is_answer) for each in kind])
        return self._plain(kind, schema, is_answer=is_answer)

    def _plain(self, kind: str | None, schema: Schema, *, is_answer: bool) -> str:
        if kind == "array":
            return f"list[{self.of(schema.get('items', True), is_answer=is_answer)}]"
        if kind == "object" or (kind is None and "additionalProperties" in schema):
            return self._mapping(schema, is_answer=is_answer)
        if kind == "string":
            return FORMATS.get(schema.get("format", ""), "str")
        return SCALARS.get(kind or "", "Any")

    def _mapping(self, schema: Schema, *, is_answer: bool) -> str:
        values = [*schema.get("patternProperties", {}).values()]
        if isinstance(schema.get("additionalProperties"), dict):
            values.append(schema["additionalProperties"])
        inner = union([self.of(each, is_answer=is_answer) for each in values]) if values else "Any"
        return f"dict[str, {inner}]"

    def _named(self, name: str, *, is_answer: bool) -> str:
        is_words = "enum" in self.components.get(name, {})
        return f"{self.scope}{name} | str" if is_words and is_answer else f"{self.scope}{name}"


def union(types: list[str]) -> str:
    """One of them; None last."""
    flat = list(dict.fromkeys(part for each in types for part in _parts(each)))
    if "Any" in flat:
        return "Any"
    return " | ".join(sorted(flat, key=lambda each: each == "None")) or "Any"


def words(values: list[Any], *, is_answer: bool) -> str:
    """One of these words."""
    known = f"Literal[{', '.join(repr(each) for each in values if each is not None)}]"
    other = ["str"] if is_answer and all(isinstance(each, str | None) for each in values) else []
    return union([known, *other, *(["None"] if None in values else [])])


def _parts(written: str) -> Iterator[str]:
    """The members of a union; bars inside of brackets are not its own."""
    depth, start = 0, 0
    for place, sign in enumerate(written):
        depth += (sign == "[") - (sign == "]")
        if sign == "|" and not depth:
            yield written[start:place].strip()
            start = place + 1
    yield written[start:].strip()


def reachable(found: Any, components: dict[str, Schema]) -> frozenset[str]:
    """The names of all components that this part of the description leads to."""
    names: set[str] = set()
    left = [found]
    while left:
        part = left.pop()
        if isinstance(part, list):
            left += part
        elif isinstance(part, dict):
            name = str(part.get("$ref", "")).removeprefix(PREFIX) if isinstance(part.get("$ref"), str) else ""
            if name in components and name not in names:
                names.add(name)
                left.append(components[name])
            left += part.values()
    return frozenset(names)


def is_model(schema: Schema) -> bool:
    """Whether a component becomes a class; any other is a name for a type."""
    return "properties" in schema


def base_of(schema: Schema, types: Types) -> str:
    """What its class is made on: pages and lists can be walked through."""
    properties = set(schema.get("properties", {}))
    if properties == PAGE or (properties == {"results"} and schema["properties"]["results"].get("type") == "array"):
        item = types.of(schema["properties"]["results"].get("items", True), is_answer=True)
        return f"base.{'Page' if properties == PAGE else 'Listing'}[{item}]"
    return "base.OpenModel" if schema.get("additionalProperties") is True else "base.Model"


def module(components: dict[str, Schema], answered: frozenset[str]) -> str:
    """The text of the module of models: words first, then classes, then lists of them, then other names."""
    types = Types(components, answered)
    order: list[list[str]] = [[], [], [], []]
    for name, schema in sorted(components.items()):
        if not is_model(schema):
            order[0 if "enum" in schema else 3].append(_alias(name, schema, types))
        else:
            is_list = "[" in base_of(schema, types)
            order[2 if is_list else 1].append(_class(name, schema, types))
    return HEAD + "\n\n".join(each for part in order for each in part) + "\n"


def _alias(name: str, schema: Schema, types: Types) -> str:
    written = types.of(schema, is_answer="enum" not in schema)
    return f"{name} = {written}\n{docstring(schema.get('description', ''), indent=0)}"


def _class(name: str, schema: Schema, types: Types) -> str:
    base = base_of(schema, types)
    lines = [f"class {name}({base}):", docstring(schema.get("description", ""))]
    if "[" not in base:
        required = set(schema.get("required", []))
        for key, part in schema["properties"].items():
            lines += _field(key, part, types, is_answer=name in types.answered, is_required=key in required)
    return "\n".join(lines) + "\n"


def _field(key: str, part: Schema, types: Types, *, is_answer: bool, is_required: bool) -> Iterator[str]:
    name, written = field_name(key), types.of(part, is_answer=is_answer)
    default = "" if is_required else _default(part, written)
    if not is_required and default == "None" and written != "Any":
        written = union([written, "None"])
    if name != key:
        said = f"alias={key!r}" if is_required else f"{default}, alias={key!r}"
        yield f"    {name}: {written} = Field({said})"
    else:
        yield f"    {name}: {written}" + (f" = {default}" if default else "")
    if isinstance(part, dict) and part.get("description"):
        yield docstring(part["description"])


def _default(part: Schema, written: str) -> str:
    """The default as it is written; None where it would have to be made. Defaults are not sent."""
    found = part.get("default")
    is_simple = isinstance(found, bool | int | float | str) and "dt." not in written and "UUID" not in written
    if is_simple or (found == [] and written.startswith("list")) or (found == {} and written.startswith("dict")):
        return repr(found)
    return "None"
