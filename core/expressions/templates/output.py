"""The value of a single expression on its way out: plain JSON, and not too much of it."""

from datetime import date
from typing import Any

from core.expressions import instants
from core.expressions.templates.errors import TooMuchOutputError
from core.expressions.templates.text import MAX_CHARACTERS

MAX_DEPTH = 128


def plain(value: Any) -> Any:
    """A copy with dates as ISO 8601 text. Raises `TooMuchOutputError` when its JSON would be over some 256 kB."""
    return _Copy().of(value, depth=0)


class _Copy:
    """One list named many times is small in memory but not when copied, so what is copied is counted."""

    def __init__(self) -> None:
        self._size = 0

    def of(self, value: Any, *, depth: int) -> Any:
        self._count(value, depth=depth)
        if isinstance(value, dict):
            return {self.of(key, depth=depth): self.of(inner, depth=depth + 1) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(inner, depth=depth + 1) for inner in value]
        return instants.write(value) if isinstance(value, date) else value

    def _count(self, value: Any, *, depth: int) -> None:
        self._size += len(value) if isinstance(value, str) else 1
        if self._size > MAX_CHARACTERS:
            raise TooMuchOutputError(f"the value is larger than {MAX_CHARACTERS:,} characters")
        if depth > MAX_DEPTH:
            raise TooMuchOutputError(f"the value is nested more than {MAX_DEPTH} levels deep")
