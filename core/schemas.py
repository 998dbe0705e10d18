"""JSON Schemas of strangers, held against the data of strangers: nothing is fetched, and the work is bounded before.

A schema says in a few lines what takes for ever (`$ref` to what refers on twice, and so on), so its parts are counted
with its references put in place, and what refers to itself is refused: each part is looked at once for each value of
the data at most. Regular expressions take linear time (jsonschema-rs with the crate `regex`: no look-around, no
back-references).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple, NoReturn
from urllib.parse import unquote

import jsonschema_rs as jsonschema

from core import pointers
from core.errors import InvalidError, Problem

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_PARTS = 1000  # subschemas, with references put in place
MAX_WORK = 10_000_000  # work for each value, times values: some seconds at the worst
MAX_PROBLEMS = 20  # told of one value: nobody mends more at once
MAX_TOLD = 20_000  # the same where places are told: they cost microseconds each, so about a tenth of a second
EXACT_WORK = 20  # of comparing numbers, which are exact ones of any size, arrays or objects; of other things it is 1
MAX_MESSAGE_CHARACTERS = 300
MAX_REGEX_BYTES = 1024 * 1024

_ONE = ("additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then",
        "unevaluatedItems", "unevaluatedProperties", "additionalItems", "contentSchema")  # fmt: skip
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_MAPS = ("$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties")
_ONLY_NAMED = frozenset({"$defs", "definitions"})  # they hold nothing against anything until something refers to them
_NUMERIC = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_IDS = ("$id", "id")  # at the top they are the schema's name, elsewhere they change what references mean
_REFUSED = ("$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef")


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema that can be used, compiled; `work` is what holding one value against all of its parts costs."""

    validator: jsonschema.Validator
    work: int

    def problems(self, value: Any, *, path: str = "") -> list[Problem]:
        """What keeps the value (JSON) from being valid, at most 20 problems with pointers below `path`.

        A value that is too large to be held against this schema is not valid.
        """
        work = self.work * _size(value)
        if work > MAX_WORK:
            return [Problem(path, "schema", "This is too large to be held against the schema.")]
        if self.validator.is_valid(value):
            return []
        if work > MAX_TOLD:
            return [Problem(path, "schema", "This does not fit the schema; it is too large to say where.")]
        return [_problem(error, path) for error in islice(self.validator.iter_errors(value), MAX_PROBLEMS)]


def compile_schema(schema: Any, *, path: str = "") -> Schema:
    """The schema, ready for use; 2020-12 unless its `$schema` names another draft. The last ones are kept.

    Raises `InvalidError`, with the place below `path`, for what is no JSON Schema, is larger or deeper than accepted,
    or refers to anything but other places in itself.
    """
    if not isinstance(schema, Mapping):
        _refuse(path, "invalid_schema", "Expected a JSON Schema: an object.")
    text = json.dumps(schema, ensure_ascii=False)
    if len(text.encode()) > MAX_BYTES:
        _refuse(path, "too_large", f"A schema has at most {MAX_BYTES:,} bytes.")
    try:
        return _compiled(text)
    except InvalidError as error:
        [problem] = error.problems
        _refuse(f"{path}{problem.path}", problem.code, problem.message)


@lru_cache(maxsize=256)
def _compiled(text: str) -> Schema:
    schema = json.loads(text)
    work = _Parts(schema).work()
    try:
        validator = jsonschema.validator_for(
            {name: each for name, each in schema.items() if name not in _IDS or not isinstance(each, str)},
            validate_formats=True,
            offline=True,
            pattern_options=jsonschema.RegexOptions(size_limit=MAX_REGEX_BYTES, dfa_size_limit=MAX_REGEX_BYTES),
        )
    except jsonschema.ValidationError as error:
        where = pointers.join("", *error.instance_path)
        _refuse(where, "invalid_schema", f"This is no JSON Schema: {_short(error.message)}.")
    except (jsonschema.ReferencingError, ValueError) as error:
        _refuse("", "invalid_schema", f"This is no JSON Schema: {_short(str(error))}.")
    return Schema(validator, work)


def _problem(error: jsonschema.ValidationError, path: str) -> Problem:
    where = pointers.join(path, *error.instance_path)
    if isinstance(error.kind, jsonschema.ValidationErrorKind.Required):
        name = str(error.kind.property)
        return Problem(pointers.join(where, name), "missing", f"{_short(repr(name))} is missing; it is required.")
    return Problem(where, str(error.kind.name), f"{_short(error.message)}.")


def _refuse(path: str, code: str, message: str) -> NoReturn:
    raise InvalidError("The JSON Schema is not valid.", problems=[Problem(path, code, message)])


class _Extent(NamedTuple):
    """How many parts begin at a place, what holding a value against them costs, and how many levels they have."""

    parts: int
    work: int
    levels: int


class _Parts:
    """Counts the parts of a schema, and refuses references that lead outside, nowhere or in a circle."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._known: dict[str, _Extent] = {}
        self._open: set[str] = set()

    def work(self) -> int:
        return self._of("", self._schema, at="", depth=1).work

    def _of(self, where: str, part: Any, *, at: str, depth: int) -> _Extent:
        """What begins at a place, which is looked at once, however often it is referred to.

        `at` is the place that is told when this is too much: there the reference stands.
        """
        if not isinstance(part, Mapping):
            return _Extent(1, 1, 1)
        if where in self._open:
            _refuse(at, "circular", "A schema may not refer to itself; write as many levels as there are.")
        if where not in self._known:
            self._check_words(where, part)
        extent = self._known.get(where) or _Extent(1, _work(part), 1)
        if depth + extent.levels - 1 > MAX_DEPTH:
            _refuse(at, "too_deep", f"A schema has at most {MAX_DEPTH} levels, references included.")
        if where not in self._known:
            self._open.add(where)
            extent = self._known[where] = self._with_children(where, part, extent, depth=depth)
            self._open.discard(where)
        if extent.parts > MAX_PARTS:
            message = f"A schema has at most {MAX_PARTS:,} parts, each counted wherever it is referred to."
            _refuse(at, "too_large", message)
        return extent

    def _with_children(self, where: str, part: Mapping[str, Any], extent: _Extent, *, depth: int) -> _Extent:
        parts, work, levels = extent
        for below, child, told, is_applied in self._below(where, part):
            own = self._of(below, child, at=told, depth=depth + 1)
            parts, work = parts + own.parts * is_applied, work + own.work * is_applied
            levels = max(levels, 1 + own.levels)
        return _Extent(parts, work, levels)

    def _check_words(self, where: str, part: Mapping[str, Any]) -> None:
        for name in (*_REFUSED, *(_IDS if where else ())):
            if isinstance(part.get(name), str | bool):
                message = f"{name} is not accepted here; refer with $ref and a pointer, like #/$defs/name."
                _refuse(pointers.join(where, name), "invalid_schema", message)

    def _below(self, where: str, part: Mapping[str, Any]) -> Iterator[tuple[str, Any, str, bool]]:
        """The parts of a part: place, schema, the place to tell, and whether it is held against anything."""
        if "$ref" in part:
            at = pointers.join(where, "$ref")
            yield (*self._target(part["$ref"], at), at, True)
        for tokens, child in _children(part):
            below = pointers.join(where, *tokens)
            yield below, child, below, tokens[0] not in _ONLY_NAMED

    def _target(self, reference: Any, at: str) -> tuple[str, Any]:
        """The place that a reference means, and what stands there."""
        if not isinstance(reference, str):
            _refuse(at, "invalid_schema", "A reference is text, like #/$defs/name.")
        fragment = unquote(reference.removeprefix("#"))
        if not reference.startswith("#") or (fragment and not fragment.startswith("/")):
            message = f"{_short(repr(reference))} leads out of the schema, and nothing is fetched"
            _refuse(at, "remote_reference", f"{message}; put it under $defs and write #/$defs/name.")
        node: Any = self._schema
        for token in pointers.split(fragment):
            if isinstance(node, Mapping) and token in node:
                node = node[token]
            elif isinstance(node, list) and token.isdecimal() and int(token) < len(node):
                node = node[int(token)]
            else:
                _refuse(at, "invalid_schema", f"There is nothing at {_short(repr(reference))}.")
        return fragment, node


def _children(part: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The schemas that stand in a part, each with the way to it."""
    for name in _ONE:
        if isinstance(part.get(name), Mapping):
            yield (name,), part[name]
    for name in _LISTS:
        if isinstance(part.get(name), list):
            yield from (((name, at), each) for at, each in enumerate(part[name]))
    for name in _MAPS:
        if isinstance(part.get(name), Mapping):
            yield from (((name, key), each) for key, each in part[name].items())


def _work(part: Mapping[str, Any]) -> int:
    """What holding a value against this part alone costs at the most."""
    options = part["enum"] if isinstance(part.get("enum"), list) else [part["const"]] if "const" in part else []
    compared = [*options, *(part[name] for name in _NUMERIC if name in part)]
    return 1 + sum(EXACT_WORK if isinstance(each, int | float | list | dict) else 1 for each in compared)


def _size(value: Any) -> int:
    """How many values there are in it, itself counted."""
    total, waiting = 0, [value]
    while waiting:
        node = waiting.pop()
        total += 1
        if isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return total


def _short(message: str) -> str:
    """The message without the middle of what strangers wrote into it, and without its full stop."""
    text, half = message.rstrip("."), MAX_MESSAGE_CHARACTERS // 2
    return text if len(text) <= MAX_MESSAGE_CHARACTERS else f"{text[:half]}...{text[-half:]}"
