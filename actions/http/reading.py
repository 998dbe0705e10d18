"""What is read from an answer: named values at paths."""

from collections.abc import Iterator, Mapping
from typing import Any

from core import pointers
from core.errors import Problem
from core.expressions import paths

ROOTS = ("status", "headers", "body")


def check(mapping: object, *, path: str) -> Iterator[Problem]:
    """What is wrong with the paths as they are written. `path` is the JSON pointer of the mapping."""
    for name, text in mapping.items() if isinstance(mapping, dict) else ():
        if not isinstance(text, str) or "{{" in text:
            continue
        found = _problem(text)
        if found:
            yield Problem(pointers.join(path, str(name)), "invalid_path", found)


def values(mapping: Mapping[str, str], output: Mapping[str, Any]) -> dict[str, Any]:
    """What stands at each path of the output; null where nothing does."""
    return {name: at(text, output) for name, text in mapping.items()}


def at(text: str, value: Any) -> Any:
    """What stands at the path, None where nothing does. Raises `InvalidPathError`."""
    found = paths.resolve(paths.parse(text), value)
    return None if found is paths.MISSING else found


def _problem(text: str) -> str:
    try:
        root = paths.parse(text).root
    except paths.InvalidPathError as error:
        return error.detail
    return "" if root in ROOTS else f"A path begins with {', '.join(ROOTS)}: write `body.{text[:100]}`."
