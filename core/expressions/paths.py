"""Paths into plain JSON: `a.b`, `a.0.b`, `a[0].b`, `a["x y.z?"]`.

Only keys of dicts and indexes of lists are ever read, never attributes, so that `lead.items` is the key `items`.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from core.errors import InvalidError

MAX_CHARACTERS = 500
MAX_STEPS = 32

_PLAIN = re.compile(r"[^\s.\[\]{}'\"|()]+")
_INDEX = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_STEP = re.compile(
    rf"""(?P<dot>\.?)(?P<key>{_PLAIN.pattern})
    | \[ \s* (?P<index>[0-9]+) \s* \]
    | \[ \s* "(?P<double>(?:[^"\\]|\\.)*)" \s* \]
    | \[ \s* '(?P<single>(?:[^'\\]|\\.)*)' \s* \]""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class InvalidPathError(InvalidError):
    """The path cannot be read."""

    code = "invalid_path"


class Missing(Enum):
    """The type of `MISSING`: nothing stands at the path, which is not the same as null."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing.MISSING


@dataclass(frozen=True, slots=True)
class Path:
    """Steps from the top of a value: a str reads a key, an int reads an index (or the key of these digits)."""

    steps: tuple[str | int, ...]

    @property
    def root(self) -> str:
        return str(self.steps[0])

    def __str__(self) -> str:
        return "".join(map(_written, self.steps)).removeprefix(".")


@lru_cache(maxsize=4096)
def parse(text: str) -> Path:
    """The path written in `text`.

    Raises `InvalidPathError` with a sentence about the place that cannot be read, and for more than 500 characters or
    32 steps.
    """
    if not text.strip():
        raise InvalidPathError("A path is empty; write for example `lead.email`.")
    if len(text) > MAX_CHARACTERS:
        raise InvalidPathError(f"A path has {len(text):,} characters; at most {MAX_CHARACTERS} are accepted.")
    steps = _steps(text.strip())
    if len(steps) > MAX_STEPS:
        raise InvalidPathError(f"The path `{text}` has {len(steps)} steps; at most {MAX_STEPS} are accepted.")
    return Path(steps)


def resolve(path: Path, data: Any) -> Any:
    """The value at the path, or `MISSING`."""
    for step in path.steps:
        data = child(data, step)
        if data is MISSING:
            return MISSING
    return data


def child(value: Any, step: str | int) -> Any:
    """What stands under one key or index of a dict or a list, or `MISSING`."""
    if isinstance(value, dict):
        return value.get(str(step), MISSING)
    if isinstance(value, list | tuple) and isinstance(step, int):
        return value[step] if 0 <= step < len(value) else MISSING
    return MISSING


def _steps(text: str) -> tuple[str | int, ...]:
    steps: list[str | int] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None or (match["key"] is not None and bool(match["dot"]) != bool(steps)):
            raise InvalidPathError(
                f"The path `{text}` cannot be read at character {position + 1}; "
                'put a key with spaces, dots, quotes or brackets in brackets: `a["x y.z"]`.'
            )
        steps.append(_step(match))
        position = match.end()
    return tuple(steps)


def _step(match: re.Match[str]) -> str | int:
    if match["index"] is not None:
        return int(match["index"])
    if match["key"] is not None:
        return int(match["key"]) if _INDEX.fullmatch(match["key"]) else match["key"]
    quoted = match["double"] if match["double"] is not None else match["single"]
    return _ESCAPED.sub(r"\1", quoted)


def _written(step: str | int) -> str:
    if isinstance(step, int):
        return f".{step}"
    return f".{step}" if _PLAIN.fullmatch(step) and not _INDEX.fullmatch(step) else _quoted(step)


def _quoted(step: str) -> str:
    escaped = step.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{escaped}"]'
