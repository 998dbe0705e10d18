"""Write records into a file, row by row: CSV that no spreadsheet takes for formulas, or a JSON object on each line."""

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from defusedcsv import csv

from actions.entities import values
from actions.entities.entity import Actor, Entity
from actions.entities.failures import failed

MAX_ROWS = 100_000
MAX_BYTES = 50 * 1024 * 1024
CHUNK_ROWS = 1000
MEDIA_TYPES = {"csv": "text/csv", "jsonl": "application/x-ndjson"}

# What spreadsheets begin a formula with; the last four are the wide forms that some of them read as the others.
# Source: OWASP, CSV Injection.
_FORMULA = ("=", "+", "-", "@", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write(
    file: IO[bytes], rows: Iterable[Any], *, entity: Entity, columns: Sequence[str], actor: Actor, kind: str
) -> tuple[int, int]:
    """Write the rows; returns how many there were and how many bytes they take.

    Raises `ActionFailedError` (export_too_large) over `MAX_ROWS` or `MAX_BYTES`: half an export is worse than none.
    """
    shown = (values.shown(entity, row, actor, columns) for row in rows)
    lines = _csv(shown, columns) if kind == "csv" else (json.dumps(each, ensure_ascii=False) + "\n" for each in shown)
    size, count = 0, -1 if kind == "csv" else 0
    for line in lines:
        raw = line.encode()
        size, count = size + len(raw), count + 1
        if count > MAX_ROWS or size > MAX_BYTES:
            text = f"The export has more than {MAX_ROWS:,} rows or {MAX_BYTES // 2**20} MB; narrow its filters."
            raise failed("export_too_large", text)
        file.write(raw)
    return count, size


def _csv(shown: Iterable[dict[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    """A line at a time; everything is quoted, so that no other separator begins a cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    for cells in _table(shown, columns):
        writer.writerow([harmless(cell) for cell in cells])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _table(shown: Iterable[dict[str, Any]], columns: Sequence[str]) -> Iterator[list[Any]]:
    yield [*columns]
    for each in shown:
        yield [each.get(column) for column in columns]


def harmless(cell: Any) -> Any:
    """The cell as a spreadsheet may have it. What begins a formula plainly, defusedcsv escapes; white space and
    characters that cannot be seen do not hide one, and the wide forms are formulas too.
    """
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False)
    if not isinstance(cell, str) or not cell:
        return cell
    visible = next((each for each in cell if each.isprintable() and not each.isspace()), "")
    is_hidden = cell[0] != visible or visible in _FORMULA[6:]
    return f"'{cell}" if visible in _FORMULA and is_hidden else cell
