"""JSON Schemas of event types: whether one can be used, and what data has against it. Pure; never fetches anything.

Strangers write the schemas and the data, so the work for one event is bounded before it begins. A schema says in a few
lines what takes for ever (`$ref` to what refers on twice, and so on), so it counts with its references put in place:
each part is looked at once for each value of the data at most. Regular expressions take linear time (jsonschema-rs with
the crate `regex`: no look-around, no back-references).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import unquote

import jsonschema_rs as jsonschema

from core import pointers
from core.errors import Problem

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_PARTS = 1000  # parts that are objects, with references put in place
MAX_PROBLEMS = 20  # told of one event: nobody mends more at once
MAX_TOLD = 20_000  # parts times values: places cost microseconds each, and so about a tenth of a second
MAX_MESSAGE = 300
_REGEX = jsonschema.RegexOptions(size_limit=1024 * 1024)
_REFUSED = ("$dynamicRef", "$recursiveRef", "$dynamicAnchor", "$recursiveAnchor", "$anchor")


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema that can be used, compiled; `parts` is how many it has."""

    validator: Any  # one of the classes of jsonschema-rs, which have no common base
    parts: int

    def problems(self, data: Any, *, path: str = "") -> list[Problem]:
        """What keeps the data from being valid, at most 20 problems with pointers below `path`; nothing when valid."""
        if self.validator.is_valid(data):
            return []
        if self.parts * _size(data) > MAX_TOLD:
            return [Problem(path, "schema", "This does not fit the schema; it is too large to say where.")]
        return [
            Problem(pointers.join(path, *each.instance_path), str(each.kind.name), f"{_short(each.message)}.")
            for each in islice(self.validator.iter_errors(data), MAX_PROBLEMS)
        ]


class UnusableSchemaError(ValueError):
    """The schema cannot be used. `problem` says where and why."""

    def __init__(self, message: str, *, path: str = "", code: str = "invalid_schema") -> None:
        super().__init__(message)
        self.problem = Problem(path, code, message)


def compile_schema(schema: Mapping[str, Any], *, path: str = "") -> Schema:
    """The schema, ready for use; 2020-12 unless its `$schema` names another draft.

    Raises `UnusableSchemaError`, with a pointer below `path`, for what is no JSON Schema, is larger or deeper than
    accepted, or refers to anything but other places in itself.
    """
    if len(json.dumps(schema, ensure_ascii=False).encode()) > MAX_BYTES:
        raise UnusableSchemaError(f"A schema has at most {MAX_BYTES:,} bytes.", path=path, code="too_large")
    parts = _Parts(schema, path).count()
    try:
        validator = jsonschema.validator_for(
            dict(schema), validate_formats=True, offline=True, pattern_options=_REGEX, base_uri="json-schema:///"
        )
    except jsonschema.ValidationError as error:
        where = pointers.join(path, *error.instance_path)
        raise UnusableSchemaError(f"This is no JSON Schema: {_short(error.message)}.", path=where) from None
    except (jsonschema.ReferencingError, ValueError) as error:
        raise UnusableSchemaError(f"This is no JSON Schema: {_short(str(error))}.", path=path) from None
    return Schema(validator, parts)


class _Parts:
    """Counts the parts of a schema, and refuses references that lead outside, nowhere or in a circle."""

    def __init__(self, schema: Mapping[str, Any], path: str) -> None:
        self.schema = schema
        self.path = path
        self.known: dict[int, tuple[int, int]] = {}
        self.open: set[int] = set()

    def count(self) -> int:
        return self._of(self.schema, self.path, depth=1)[0]

    def _of(self, node: Any, path: str, *, depth: int) -> tuple[int, int]:
        """How many parts and levels begin here. Every place is looked at once, however often it is referred to."""
        if not isinstance(node, dict | list):
            return 0, 0
        if id(node) in self.open:
            raise UnusableSchemaError(
                "A schema may not refer to itself; write as many levels as there are.", path=path, code="circular"
            )
        parts, levels = self.known.get(id(node), (0, 1))
        if depth + levels - 1 > MAX_DEPTH:
            raise UnusableSchemaError(
                f"A schema has at most {MAX_DEPTH} levels, references included.", path=path, code="too_deep"
            )
        if id(node) not in self.known:
            self.open.add(id(node))
            inner = [self._of(child, where, depth=depth + 1) for child, where in self._children(node, path)]
            self.open.discard(id(node))
            parts = isinstance(node, dict) + sum(each for each, _ in inner)
            self.known[id(node)] = parts, 1 + max((each for _, each in inner), default=0)
        if parts > MAX_PARTS:
            raise UnusableSchemaError(
                f"A schema has at most {MAX_PARTS:,} parts, each counted wherever it is referred to.",
                path=path,
                code="too_large",
            )
        return self.known[id(node)]

    def _children(self, node: dict[str, Any] | list[Any], path: str) -> Iterator[tuple[Any, str]]:
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            where = pointers.join(path, key)
            if isinstance(child, str) and isinstance(node, dict):
                self._check_word(str(key), where, is_top=node is self.schema)
                if key == "$ref":
                    yield self._target(child, where), where
            else:
                yield child, where

    def _check_word(self, key: str, where: str, *, is_top: bool) -> None:
        if key in _REFUSED or (key == "$id" and not is_top):
            raise UnusableSchemaError(
                f"{key} is not accepted here; refer with $ref and a pointer, like #/$defs/name.", path=where
            )

    def _target(self, reference: str, where: str) -> Any:
        """What a reference means. Raises `UnusableSchemaError` for anything but a place in the same document."""
        fragment = unquote(reference.removeprefix("#"))
        if not reference.startswith("#") or (fragment and not fragment.startswith("/")):
            raise UnusableSchemaError(
                f"{_short(repr(reference))} leads out of the schema, and nothing is fetched; "
                "put it under $defs and write #/$defs/name.",
                path=where,
                code="remote_reference",
            )
        found: Any = self.schema
        for step in pointers.split(fragment):
            if isinstance(found, list) and step.isdecimal() and int(step) < len(found):
                found = found[int(step)]
            elif isinstance(found, dict) and step in found:
                found = found[step]
            else:
                raise UnusableSchemaError(f"There is nothing at {_short(repr(reference))}.", path=where)
        return found


def _size(data: Any) -> int:
    """How many values the data has."""
    total, waiting = 0, [data]
    while waiting:
        node = waiting.pop()
        total += 1
        if isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return total


def _short(message: str) -> str:
    """The message without the middle of what strangers wrote into it."""
    half = MAX_MESSAGE // 2
    return message if len(message) <= MAX_MESSAGE else f"{message[:half]}...{message[-half:]}"
