"""JSON pointers (RFC 6901): where in a document a problem or a reference stands."""

from collections.abc import Mapping
from typing import Any


def join(base: str, *tokens: str | int) -> str:
    """`base` with tokens appended, each escaped."""
    return base + "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)


def split(pointer: str) -> list[str]:
    """The tokens of a pointer, unescaped."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def replaced(document: Any, values: Mapping[str, Any]) -> Any:
    """A copy of the document with other values at these pointers; what is not on the way to one is shared.

    Objects that are missing on the way are made. Where the way leads through anything but an object, or an item that a
    list has, nothing changes.
    """
    waiting: dict[str, Any] = {}
    for pointer, value in values.items():
        place = waiting
        *way, last = split(pointer)
        for token in way:
            place = place.setdefault(token, {})
        place[last] = _Value(value)
    return _replaced(document, waiting)


class _Value:
    def __init__(self, value: Any) -> None:
        self.value = value


def _replaced(document: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(document, list):
        items = {int(token): each for token, each in values.items() if token.isdecimal() and token.isascii()}
        return [_new(old, items[index]) if index in items else old for index, old in enumerate(document)]
    if not isinstance(document, dict):
        return document
    return {**document, **{token: _new(document.get(token, {}), each) for token, each in values.items()}}


def _new(old: Any, each: Any) -> Any:
    return each.value if isinstance(each, _Value) else _replaced(old, each)
