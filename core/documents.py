"""Read JSON and YAML from strangers: strictly, within bounds, and with a sentence for everything refused.

PostgreSQL's jsonb refuses NUL and lone surrogates, Python accepts NaN and numbers without end, and both accept a key
twice; what gets past here can be stored, compared and shown.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import Any, ClassVar, NoReturn

import yaml
from yaml import CSafeDumper, CSafeLoader

from core.errors import MalformedError, TooLargeError

MAX_DEPTH = 64
MAX_YAML_EVENTS = 50_000  # each costs some ten times what a value of JSON does: about half a second in all
_INT64 = 2**63
_INT64_DIGITS = 20
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse_json(raw: bytes, *, max_bytes: int) -> Any:
    """The value of a UTF-8 JSON text.

    Raises `TooLargeError` over `max_bytes`, and `MalformedError` for what is not JSON, a key given twice, numbers
    beyond 64 bits or not finite, nesting over 64 levels, and characters that cannot be stored (NUL, lone surrogates).
    """
    value = read_json(raw, max_bytes=max_bytes)
    check_storable(value)
    return value


def read_json(raw: bytes, *, max_bytes: int) -> Any:
    """As `parse_json`, for a document of many parts: the caller checks each on its own (`check_storable`)."""
    text = _text(raw, max_bytes=max_bytes)
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_int=_int, parse_float=_float
        )
    except json.JSONDecodeError as error:
        raise MalformedError(f"This is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise MalformedError(_too_deep()) from None


def parse_yaml(raw: bytes, *, max_bytes: int) -> Any:
    """The value of a YAML document, read by the JSON-like rules of YAML 1.2: `NO` is text, and so is `2026-01-01`.

    Raises as `parse_json` does, and `TooLargeError` for more parts than any definition has; tags, and anchors with
    aliases (a few lines can grow without bound), are refused too.
    """
    return _yaml(raw, max_bytes=max_bytes, read=lambda text: yaml.load(text, Loader=_JsonTypesLoader))  # noqa: S506


def parse_yaml_stream(raw: bytes, *, max_bytes: int, max_documents: int) -> list[Any]:
    """The values of the documents of a YAML stream, which `---` divides; those that are empty are left out.

    Raises as `parse_yaml` does, whose bounds hold for the whole stream, and `TooLargeError` over `max_documents`.
    """

    def read(text: str) -> list[Any]:
        found = yaml.load_all(text, Loader=_JsonTypesLoader)
        values = [*islice((each for each in found if each is not None), max_documents + 1)]
        if len(values) > max_documents:
            raise TooLargeError(f"The stream has more than {max_documents:,} documents; send the others by themselves.")
        return values

    values: list[Any] = _yaml(raw, max_bytes=max_bytes, read=read)
    return values


def dump_yaml(value: Any) -> str:
    """JSON's values as YAML that `parse_yaml` reads as the same again, keys in the order that they have."""
    text: str = yaml.dump(
        value, Dumper=_JsonTypesDumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=False
    )
    return text


def _yaml(raw: bytes, *, max_bytes: int, read: Callable[[str], Any]) -> Any:
    text = _text(raw, max_bytes=max_bytes)
    try:
        _check_events(text)
        value = read(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        raise MalformedError(f"This is not YAML: {reason}{where}.{_yaml_hint(text, mark)}") from None
    except yaml.YAMLError as error:
        raise MalformedError(f"This is not YAML: {str(error).splitlines()[0]}.") from None
    check_storable(value)
    return value


_BARE_TEMPLATE = re.compile(r"(?:^|[:,\[-])\s*\{\{")


def _yaml_hint(text: str, mark: yaml.Mark | None) -> str:
    """What people most often do to get there: a template without quotes, a tab in the place of spaces."""
    lines = text.splitlines()[max(mark.line - 1, 0) : mark.line + 1] if mark else []
    if any(_BARE_TEMPLATE.search(line) for line in lines):
        return ' Write quotes around text with a template: "{{ ... }}".'
    if any(line[: len(line) - len(line.lstrip())].count("\t") for line in lines):
        return " Indent with spaces; tabs are not accepted."
    return ""


def _text(raw: bytes, *, max_bytes: int) -> str:
    if len(raw) > max_bytes:
        raise TooLargeError(f"The document has {len(raw):,} bytes; at most {max_bytes:,} are accepted.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedError(f"The document is not UTF-8: byte {error.start} cannot be read.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise MalformedError(f"The key {twice[:100]!r} is given twice in one object.")
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedError(f"{name} is not a JSON number.")


def _int(digits: str) -> int:
    if len(digits) > _INT64_DIGITS or not -_INT64 <= (number := int(digits)) < _INT64:
        raise MalformedError(f"The number {digits[:30]}... does not fit into 64 bits; send it as text.")
    return number


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise MalformedError(f"The number {digits[:30]} is too large; send it as text.")
    return number


def _too_deep() -> str:
    return f"The document is nested too deeply; at most {MAX_DEPTH} levels are accepted."


def check_storable(value: Any) -> None:
    """Raise `MalformedError` for what PostgreSQL cannot store, or only deeper than we accept.

    Walks without recursion, so that depth is refused by us and not by the interpreter.
    """
    waiting: list[tuple[Any, int]] = [(value, 1)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, str):
            if UNSTORABLE.search(node):
                raise MalformedError(
                    "The document has a character that cannot be stored (NUL or half a surrogate pair)."
                )
        elif isinstance(node, dict | list):
            if depth > MAX_DEPTH:
                raise MalformedError(_too_deep())
            if isinstance(node, dict):
                waiting.extend((key, depth + 1) for key in node)
            waiting.extend((child, depth + 1) for child in (node.values() if isinstance(node, dict) else node))


def _check_events(text: str) -> None:
    """Refuse what the composer must not meet: anchors, aliases, depth (it recurses in C), and too much of anything."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=CSafeLoader)):
        if count > MAX_YAML_EVENTS:
            raise TooLargeError(f"The document has more than {MAX_YAML_EVENTS:,} parts; send it as JSON.")
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise MalformedError(f"Line {line}: YAML anchors and aliases are not accepted.")
        if tag := getattr(event, "tag", None):
            raise MalformedError(f"Line {line}: YAML tags ({tag[:50]}) are not accepted.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise MalformedError(_too_deep())
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _JsonTypesLoader(CSafeLoader):
    """YAML's safe loader with JSON's scalars: the 1.1 rules make `NO` false, `12:30` 750 and `0123` 83.

    Source: YAML 1.2.2, section 10.2 (JSON schema), with the core schema's spellings of null and booleans.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}
    yaml_constructors: ClassVar[dict[str | None, Any]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = True) -> dict[Any, Any]:
        pairs: list[tuple[str, Any]] = []
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if key == "<<" and key_node.style is None:
                raise MalformedError(f"Line {key_node.start_mark.line + 1}: YAML merge keys (<<) are not accepted.")
            if not isinstance(key, str):
                line = key_node.start_mark.line + 1
                if isinstance(key, dict):
                    what = 'write quotes around a template: "{{ ... }}"'
                    raise MalformedError(f"Line {line}: a key cannot be an object; {what}.")
                raise MalformedError(f"Line {line}: keys are text; write quotes around {str(key)[:50]!r}.")
            pairs.append((key, self.construct_object(value_node, deep=True)))
        return _object(pairs)

    def construct_list(self, node: yaml.SequenceNode) -> list[Any]:
        return self.construct_sequence(node, deep=True)


class _JsonTypesDumper(CSafeDumper):
    """YAML's safe dumper, which writes quotes around all text that either set of rules would take for something else:
    `NO` by those of 1.1, which other tools go by, and `1e5` by ours. Without anchors, which are not read again."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _scalar(read: Callable[[str], Any]) -> Callable[[_JsonTypesLoader, yaml.ScalarNode], Any]:
    return lambda loader, node: read(str(loader.construct_scalar(node)))


_TAG = "tag:yaml.org,2002:"
_SCALARS: tuple[tuple[str, str, str, Callable[[str], Any]], ...] = (
    ("null", r"~|null|Null|NULL|", "~nN\0", lambda _: None),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF", lambda text: text.lower() == "true"),
    ("int", r"-?(0|[1-9][0-9]*)", "-0123456789", _int),
    ("float", r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", "-0123456789", _float),
)
for _name, _pattern, _first, _read in _SCALARS:
    firsts = ["" if character == "\0" else character for character in _first]
    _JsonTypesLoader.add_implicit_resolver(_TAG + _name, re.compile(rf"^(?:{_pattern})$"), firsts)
    _JsonTypesLoader.add_constructor(_TAG + _name, _scalar(_read))
    _JsonTypesDumper.add_implicit_resolver(_TAG + _name, re.compile(rf"^(?:{_pattern})$"), firsts)
_JsonTypesLoader.add_constructor(_TAG + "str", _scalar(str))
_JsonTypesLoader.add_constructor(_TAG + "seq", _JsonTypesLoader.construct_list)
_JsonTypesLoader.add_constructor(_TAG + "map", _JsonTypesLoader.construct_mapping)
