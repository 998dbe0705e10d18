"""Keys by which those who wait for one value among many are found without asking all of them.

A hundred thousand runs may wait for `invoice.paid`, each for its own invoice. A key stands for an equality that a
condition needs: this path, this value. An event has the keys of all its values, and only conditions with one of them,
or with none, can hold for it. Values that are equal in the sense of `core.expressions.comparison` have the same key;
others may have it too, so what is found by its key is evaluated all the same.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from core.expressions import paths, templates
from core.expressions.scope import RESERVED
from triggers.engine import access

NONE = ""
MAX_KEYS = 2000  # of one event; one with more values is no longer found by keys
_MAX_DEPTH = paths.MAX_STEPS


def of_condition(document: Any) -> str:
    """The key of an equality without which a canonical condition cannot hold, `NONE` when it has none of that kind."""
    if not isinstance(document, dict):
        return NONE
    members = document.get("and")
    if isinstance(members, list):
        return next((key for member in members if (key := of_condition(member))), NONE)
    if document.get("operator") != "eq" or templates.has_templates(document.get("value")):
        return NONE
    steps, value = _steps_in_data(document["field"]), _canonical(document.get("value"))
    return _digest(steps, value) if steps and value else NONE


def of_data(data: Mapping[str, Any]) -> set[str] | None:
    """The keys of all values in the data of an event; None when there are more than `MAX_KEYS`."""
    found: set[str] = set()
    for steps, value in _leaves(data, ()):
        found.add(_digest(steps, value))
        if len(found) > MAX_KEYS:
            return None
    return found


def _steps_in_data(field: str) -> tuple[str, ...]:
    """The path in the event's data as text, none when the field is something else: `event.type`, `now`."""
    steps = tuple(map(str, paths.parse(field).steps))
    if steps[:2] == ("event", "data"):
        return steps[2:]
    return () if steps[0] in RESERVED else steps


def _leaves(value: Any, steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if len(steps) > _MAX_DEPTH:
        return
    if isinstance(value, dict | list):
        children = value.items() if isinstance(value, dict) else enumerate(value)
        for step, child in children:
            yield from _leaves(child, (*steps, str(step)))
    elif (canonical := _canonical(value)) is not None:
        yield steps, canonical


def _canonical(value: Any) -> str | None:
    """The same text for values that are equal; None for null, lists and objects, which have no key.

    Stored with those who wait, so what stands for a value here stays as it is.
    """
    match access.key_of(value):
        case ("boolean", told):
            return f"b{told}"
        case ("instant", seconds):
            return f"d{seconds!r}"
        case float() as number:
            return f"n{number + 0.0!r}"  # -0.0 is 0.0
        case str() as text:
            return f"s{text}"
    return None


def _digest(steps: tuple[str, ...], canonical: str) -> str:
    written = "\x00".join((*(step.replace("\x00", "\x00\x00") for step in steps), canonical))
    return hashlib.blake2b(written.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
