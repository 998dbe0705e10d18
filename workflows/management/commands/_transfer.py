"""What the commands of imports and exports share: where they read, what they print, how they fail."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from core import documents, validation
from core.management import frame
from core.management.printing import line
from core.models import Workspace
from workflows.services.transfer import bundle, folders, mapping
from workflows.services.transfer.mapping import Mapped
from workflows.services.transfer.outcomes import Item, Report

Json = dict[str, Any]


@contextmanager
def within(slug: str) -> Iterator[Workspace]:
    """As `frame.within`, also for files."""
    try:
        with frame.within(slug) as workspace:
            yield workspace
    except OSError as error:
        raise CommandError(f"{error.filename or 'The file'} cannot be read or written: {error.strerror}.") from None


def content(path: str) -> bytes:
    """What a file says, or the standard input for `-`."""
    return sys.stdin.buffer.read(bundle.MAX_BYTES + 1) if path == "-" else Path(path).read_bytes()


def document(path: str) -> Any:
    """A JSON or YAML document, or the folder of a bundle. Raises `InvalidError` and OSError."""
    if path != "-" and Path(path).is_dir():
        return folders.read(Path(path))
    raw = content(path)
    is_json = raw.lstrip()[:1] in {b"{", b"["}
    return (documents.parse_json if is_json else documents.parse_yaml)(raw, max_bytes=bundle.MAX_BYTES)


def names(path: str | None) -> Mapped:
    """The mapping in a file; nothing is mapped without one."""
    found = document(path) if path else {}
    return validation.parse(Mapped, found, detail=f"{path} is no mapping.") if found else mapping.NOTHING


def show(report: Report, write: Callable[[str], Any]) -> None:
    """A line for each thing, with what is wrong and missing below it."""
    for item in report.items:
        write("\n".join(map(line, _lines(item))))
    for warning in report.warnings:
        write(line(f"note: {warning}"))
    counts = ", ".join(f"{number} {outcome}" for outcome, number in report.counts.items() if number)
    write(f"{'Done' if report.is_done else 'Nothing was done; it would be'}: {counts or 'nothing'}.")


def _lines(item: Item) -> Iterator[str]:
    version = f", version {item.done.published} published" if item.done.published else ""
    yield f"{item.done.outcome:>9}  {item.kind} {item.done.name}{version}"
    told = {each.path for each in item.missing}
    for change in item.done.changes:
        yield f"           {change}"
    for lack in item.missing:
        yield f"           {'missing' if lack.is_blocking else 'note'}: {lack.message}"
    for problem in item.problems:
        if problem.path not in told:
            yield f"           {problem.path}: {problem.message}"
