"""What commands print: tables for people. What tenants wrote cannot steer the terminal that it is shown on."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

MAX_CELL_CHARACTERS = 100


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Lines with columns of equal width; only the head where there are no rows."""
    cells = [list(head), *([shown(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def shown(value: Any) -> str:
    """A value as it stands in a table: one line, `-` for nothing."""
    if value is None or value == "":
        return "-"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = line(str(value))
    return text if len(text) <= MAX_CELL_CHARACTERS else f"{text[: MAX_CELL_CHARACTERS - 3]}..."


def line(text: str) -> str:
    """The text in one line, without what a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
