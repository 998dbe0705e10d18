"""JSON Schemas of strangers, held against the data of strangers: nothing is fetched, and the time is bounded.

Regular expressions are the linear ones of Rust. What a schema says by references is counted as if it were written out,
and what refers to itself is refused: a few lines of either can keep a processor busy for years.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

import jsonschema_rs
from jsonschema_rs import RegexOptions, ValidationError, ValidationErrorKind, Validator

from core import pointers
from core.errors import InvalidError, Problem

Schema = Mapping[str, Any]

MAX_PARTS = 1000  # subschemas, references written out: 256 KiB of data are held against them in about a second
MAX_DEPTH = 64
MAX_PROBLEMS = 100
MAX_MESSAGE_CHARACTERS = 300
MAX_REGEX_BYTES = 1024 * 1024

_ONE = ("additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then",
        "unevaluatedItems", "unevaluatedProperties", "additionalItems", "contentSchema")  # fmt: skip
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_MAPS = ("$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties")
_ONLY_NAMED = frozenset({"$defs", "definitions"})  # they hold nothing against anything until something refers to them
_NOT_HERE = ("$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef", "id")


def check(schema: Any, *, path: str = "") -> list[Problem]:
    """What is wrong with a JSON Schema (2020-12 unless its `$schema` says an older one); empty when nothing is.

    Refused besides what is no schema: references to other documents and to itself, and more than `MAX_PARTS` parts.
    """
    if not isinstance(schema, Mapping):
        return [Problem(path, "invalid_schema", "Expected a JSON Schema: an object.")]
    if problem := _Parts(schema, path).problem():
        return [problem]
    try:
        _compiled(json.dumps(schema, sort_keys=True))
    except ValidationError as error:
        where = pointers.join(path, *error.instance_path)
        return [Problem(where, "invalid_schema", f"This is no JSON Schema: {_short(error.message)}")]
    except ValueError as error:
        return [Problem(path, "invalid_schema", f"This is no JSON Schema: {_short(str(error))}")]
    return []


def validate(schema: Schema, value: Any, *, path: str = "") -> list[Problem]:
    """What is wrong with a value (JSON), each problem at its place below `path`; the first `MAX_PROBLEMS` of them.

    The schema is one that `check` let pass. Raises `InvalidError` for any other.
    """
    return [_problem(error, path) for error in islice(compile(schema).iter_errors(value), MAX_PROBLEMS)]


def compile(schema: Schema) -> Validator:  # noqa: A001  called as schemas.compile
    """A validator of the schema; the last ones are kept. Raises `InvalidError` with what `check` finds."""
    if found := check(schema):
        raise InvalidError("The JSON Schema is not valid.", problems=found)
    return _compiled(json.dumps(schema, sort_keys=True))


@lru_cache(maxsize=256)
def _compiled(text: str) -> Validator:
    return jsonschema_rs.validator_for(
        json.loads(text),
        validate_formats=True,
        offline=True,
        pattern_options=RegexOptions(size_limit=MAX_REGEX_BYTES, dfa_size_limit=MAX_REGEX_BYTES),
    )


def _problem(error: ValidationError, path: str) -> Problem:
    where = pointers.join(path, *error.instance_path)
    if isinstance(error.kind, ValidationErrorKind.Required):
        name = str(error.kind.property)
        return Problem(pointers.join(where, name), "missing", f"{name!r} is missing; it is required.")
    return Problem(where, "invalid", f"{_short(error.message)}.")


def _short(message: str) -> str:
    text = message.rstrip(".")
    return text if len(text) <= MAX_MESSAGE_CHARACTERS else f"{text[: MAX_MESSAGE_CHARACTERS - 3]}..."


class _RefusedError(Exception):
    """A part of a schema that is not accepted."""

    def __init__(self, where: str, message: str) -> None:
        self.problem = Problem(where, "invalid_schema", message)
        super().__init__(message)


class _Parts:
    """Counts the parts of a schema, references written out, each place once."""

    def __init__(self, root: Schema, path: str) -> None:
        self._root = root
        self._path = path
        self._sizes: dict[str, int] = {}
        self._around: list[str] = []

    def problem(self) -> Problem | None:
        try:
            self._size("", self._root)
        except _RefusedError as error:
            return error.problem
        return None

    def _size(self, where: str, part: Any) -> int:
        if not isinstance(part, Mapping):
            return 1
        if where in self._sizes:
            return self._sizes[where]
        if where in self._around:
            self._refuse(where, "It refers to itself; write out as many levels as there can be")
        if len(self._around) >= MAX_DEPTH:
            self._refuse(where, f"It is nested more than {MAX_DEPTH} levels deep, references counted")
        for name in _NOT_HERE:
            if isinstance(part.get(name), str | bool):
                self._refuse(pointers.join(where, name), f"{name} is not supported; refer to parts by #/$defs/name")
        self._around.append(where)
        size = 1
        for below, child, is_applied in self._below(where, part):
            child_size = self._size(below, child)
            size += child_size if is_applied else 0
            if size > MAX_PARTS:
                self._refuse(where, f"It has more than {MAX_PARTS:,} parts, references written out")
        self._around.pop()
        self._sizes[where] = size
        return size

    def _below(self, where: str, part: Schema) -> Iterator[tuple[str, Any, bool]]:
        """The parts of a part: where they stand, what they are, and whether they are held against anything."""
        if "$ref" in part:
            yield (*self._target(pointers.join(where, "$ref"), part["$ref"]), True)
        for name in _ONE:
            if isinstance(part.get(name), Mapping):
                yield pointers.join(where, name), part[name], True
        for name in _LISTS:
            if isinstance(part.get(name), list):
                yield from ((pointers.join(where, name, at), each, True) for at, each in enumerate(part[name]))
        for name in _MAPS:
            if isinstance(part.get(name), Mapping):
                is_applied = name not in _ONLY_NAMED
                yield from ((pointers.join(where, name, key), each, is_applied) for key, each in part[name].items())

    def _target(self, where: str, reference: Any) -> tuple[str, Any]:
        if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
            self._refuse(where, "References lead to parts of the same schema: write #/$defs/name")
        node: Any = self._root
        for token in pointers.split(reference[1:]):
            if isinstance(node, Mapping) and token in node:
                node = node[token]
            elif isinstance(node, list) and token.isdecimal() and int(token) < len(node):
                node = node[int(token)]
            else:
                self._refuse(where, f"There is no {reference[:100]!r} in this schema")
        return reference[1:], node

    def _refuse(self, where: str, message: str) -> None:
        raise _RefusedError(f"{self._path}{where}", f"{message}.")
