"""Put values into the places of a template: `${name}` in any text of its definition. Pure.

1. A text that is nothing but a place becomes the value itself, of whatever type: a number stays a number. For an
   optional parameter without a value, its key (or item) goes.
2. A place within a longer text becomes the text of the value, which is text or a number.
3. Within `{{ ... }}` only whole numbers and the names of secrets may stand. Everything else would be read as part of
   an expression; for the same reason no value has `{{` or `}}`, and no place stands beside a brace or another place:
   two harmless texts could make one together.
4. Values are put in once. What looks like a place in one is text.

Places stand in a document that was read, never in YAML: no value can add a key, a line or an action.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core import pointers
from core.errors import Problem
from workflows.services.templates.parameter import IN_EXPRESSIONS, IN_TEXT, NAME, Parameter

Json = dict[str, Any]
_PLACE = re.compile(rf"\$\{{({NAME})\}}")
_BESIDE = re.compile(rf"[{{}}]\$\{{{NAME}\}}|\$\{{{NAME}\}}(?:[{{}}]|\$\{{)")
_NOTHING: Any = object()


def fill(document: Any, values: Mapping[str, Any]) -> Any:
    """A copy of the document with these values in their places; the places of other names stay as they are."""
    if isinstance(document, str):
        return _filled(document, values)
    if isinstance(document, dict):
        found = ((key, fill(each, values)) for key, each in document.items())
        return {key: each for key, each in found if each is not _NOTHING}
    if isinstance(document, list):
        return [each for each in (fill(item, values) for item in document) if each is not _NOTHING]
    return document


def place_of(text: object) -> str:
    """The name of the parameter for which a text stands as a whole; "" for any other value."""
    found = _PLACE.fullmatch(text) if isinstance(text, str) else None
    return found[1] if found else ""


def names_in(document: Any) -> frozenset[str]:
    """The names of all places."""
    return frozenset(name for _, text in _texts(document, "") for name in _PLACE.findall(text))


def check(document: Any, parameters: Mapping[str, Parameter]) -> Iterator[Problem]:
    """What is wrong with the places of a template, for its author."""
    for pointer, text in _texts(document, ""):
        for message in _wrong(text, parameters):
            yield Problem(pointer, "invalid_place", message)
    for pointer, key in _keys(document, ""):
        if "${" in key:
            yield Problem(pointer, "invalid_place", "A place is a value; keys have none.")
    for name in parameters.keys() - names_in(document):
        yield Problem(f"/parameters/{name}", "unused", f"No place in the definition is `${{{name}}}`.")


def _wrong(text: str, parameters: Mapping[str, Parameter]) -> Iterator[str]:
    if "${" not in text:
        return
    if _PLACE.sub("", text).count("${"):
        yield "`${` begins a place, which is `${name}` in small letters, digits and _."
    if _BESIDE.search(text):
        yield "A place stands beside a brace or another place; put something between them."
    for match in _PLACE.finditer(text):
        parameter = parameters.get(match[1])
        if parameter is None:
            yield f"There is no parameter {match[1]!r}."
        elif match[0] == text:
            continue
        elif not parameter.is_required and parameter.default is None:
            yield f"{match[1]!r} is optional: its place is a whole text, which goes with it."
        elif parameter.kind not in IN_TEXT:
            yield f"{match[1]!r} is no text ({parameter.kind}): its place is a whole text."
        elif _is_within(text, match.start()) and parameter.kind not in IN_EXPRESSIONS:
            yield f"{match[1]!r} stands in an expression, where only whole numbers and names of secrets may."


def _is_within(text: str, at: int) -> bool:
    return text.count("{{", 0, at) > text.count("}}", 0, at)


def _filled(text: str, values: Mapping[str, Any]) -> Any:
    name = place_of(text)
    if name:
        value = values.get(name, text)
        return _NOTHING if value is None else value
    return _PLACE.sub(lambda match: str(values.get(match[1], match[0])), text)  # (2), (4)


def _texts(document: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(document, str):
        yield path, document
    for key, each in _items(document):
        yield from _texts(each, pointers.join(path, key))


def _keys(document: Any, path: str) -> Iterator[tuple[str, str]]:
    for key, each in _items(document):
        if isinstance(key, str):
            yield pointers.join(path, key), key
        yield from _keys(each, pointers.join(path, key))


def _items(document: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(document, dict):
        return document.items()
    return enumerate(document) if isinstance(document, list) else ()
