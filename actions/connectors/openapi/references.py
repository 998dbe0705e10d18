"""Follow `$ref` within one document: never out of it, never in circles."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from core import pointers

MAX_HOPS = 20
Json = Mapping[str, Any]


class UnmappedError(Exception):
    """Something that a connector cannot say; the message is the reason."""


def resolved(spec: Json, node: Any) -> Json:
    """The object itself, or the one that its `$ref` leads to.

    Raises `UnmappedError` for what is no object, leads out of the document, nowhere, or in a circle.
    """
    for _ in range(MAX_HOPS):
        if not isinstance(node, Mapping):
            raise UnmappedError("an object was expected")
        if "$ref" not in node:
            return node
        node = _target(spec, node["$ref"])
    raise UnmappedError("its references lead in a circle")


def mapping(node: Any) -> Json:
    """The node, or an empty object for anything else."""
    return node if isinstance(node, Mapping) else {}


def text(value: Any, *, at_most: int) -> str:
    """The text on one line, cut; "" for anything else."""
    words = " ".join(value.split()) if isinstance(value, str) else ""
    return words if len(words) <= at_most else f"{words[: at_most - 3]}..."


def _target(spec: Json, reference: Any) -> Any:
    if not isinstance(reference, str) or not reference.startswith("#/"):
        raise UnmappedError(f"{text(str(reference), at_most=80)!r} leads out of the document, and nothing is fetched")
    node: Any = spec
    for token in pointers.split(unquote(reference[1:])):
        if isinstance(node, Mapping) and token in node:
            node = node[token]
        elif isinstance(node, list) and token.isdecimal() and int(token[:6]) < len(node):
            node = node[int(token[:6])]
        else:
            raise UnmappedError(f"there is nothing at {text(reference, at_most=80)!r}")
    return node
