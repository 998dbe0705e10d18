"""Files that go with an e-mail, made of what a run has: text, JSON, rows, or bytes in base64."""

import base64
import binascii
import io
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from defusedcsv import csv
from pydantic import Field, field_validator, model_validator

from actions.base import ActionFailedError, ActionParams
from core.expressions.templates.text import write, write_json

MAX_ATTACHMENTS = 20
MAX_BYTES = 5 * 1024 * 1024  # of all of a message together, before they are encoded
MAX_NAME_CHARACTERS = 120

CONTENT_TYPES = {
    ".csv": "text/csv",
    ".gif": "image/gif",
    ".html": "text/html",
    ".ics": "text/calendar",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
UNKNOWN_TYPE = "application/octet-stream"
_KNOWN_TYPES = frozenset({*CONTENT_TYPES.values(), UNKNOWN_TYPE})
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f-\x9f"*/:<>?\\|\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+')
_MIDDLE = re.compile(r"\.{2,}")


class Attachment(ActionParams):
    """A file. Give one of content, content_base64, json and csv."""

    filename: str = Field(min_length=1, max_length=500, description="Its name; what no file may be called is left out.")
    content: str | None = Field(None, description="Text.")
    content_base64: str | None = Field(None, description="Bytes, in base64.")
    json_content: Any = Field(None, alias="json", description="A value that is written as JSON.")
    csv_rows: list[dict[str, Any] | list[Any]] | None = Field(
        None, alias="csv", max_length=10_000, description="Rows: lists of cells, or objects whose keys are the columns."
    )
    content_type: str | None = Field(None, description="Default: by the name's ending, as application/pdf for .pdf.")

    @field_validator("content_type")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value is not None and value not in _KNOWN_TYPES:
            raise ValueError(f"this content type is not sent; there are {', '.join(sorted(_KNOWN_TYPES))}")
        return value

    @model_validator(mode="after")
    def _one(self) -> "Attachment":
        if len(self.model_fields_set & {"content", "content_base64", "json_content", "csv_rows"}) != 1:
            raise ValueError("give one of content, content_base64, json and csv")
        return self


@dataclass(frozen=True, slots=True)
class File:
    """An attachment as it is sent."""

    name: str
    content_type: str
    content: bytes


def files(attachments: list[Attachment]) -> list[File]:
    """The files. Raises `ActionFailedError` (invalid_attachment) for what cannot be read, or is too large."""
    found = [_file(each, number) for number, each in enumerate(attachments)]
    if (size := sum(len(each.content) for each in found)) > MAX_BYTES:
        text = f"the attachments take {size:,} bytes together; at most {MAX_BYTES:,} are sent"
        raise ActionFailedError("invalid_attachment", text, is_retryable=False)
    return found


def safe_name(name: str) -> str:
    """The name without folders, control characters and what turns writing around; never empty, never hidden."""
    last = PurePosixPath(name.replace("\\", "/")).name
    cleaned = _MIDDLE.sub(".", _NOT_IN_NAMES.sub("", last)).strip(" .")
    stem, dot, ending = cleaned.rpartition(".")
    kept = MAX_NAME_CHARACTERS - len(dot + ending[:20])
    return (f"{stem[:kept]}{dot}{ending[:20]}" if stem else cleaned[:MAX_NAME_CHARACTERS]) or "attachment"


def csv_text(rows: list[dict[str, Any] | list[Any]]) -> str:
    """The rows as CSV, in which no cell is a formula: those that would be begin with an apostrophe.

    The columns of objects are their keys, in the order in which they come first. Source: OWASP, "CSV Injection".
    """
    columns = list(dict.fromkeys(key for row in rows if isinstance(row, dict) for key in row))
    written = io.StringIO()
    writer = csv.writer(written)
    if columns:
        writer.writerow(columns)
    for row in rows:
        cells = [row.get(key) for key in columns] if isinstance(row, dict) else row
        writer.writerow([write(cell) for cell in cells])
    return written.getvalue()


def _file(attachment: Attachment, number: int) -> File:
    name = safe_name(attachment.filename)
    content_type = attachment.content_type or CONTENT_TYPES.get(PurePosixPath(name).suffix.lower(), UNKNOWN_TYPE)
    return File(name, content_type, _content(attachment, number))


def _content(attachment: Attachment, number: int) -> bytes:
    if "content" in attachment.model_fields_set:
        return (attachment.content or "").encode("utf-8", "replace")
    if "json_content" in attachment.model_fields_set:
        return write_json(attachment.json_content).encode("utf-8", "replace")
    if attachment.csv_rows is not None:
        return csv_text(attachment.csv_rows).encode("utf-8", "replace")
    try:
        return base64.b64decode("".join((attachment.content_base64 or "").split()), validate=True)
    except (binascii.Error, ValueError):
        text = f"content_base64 of attachment {number} ({safe_name(attachment.filename)}) is not base64"
        raise ActionFailedError("invalid_attachment", text, is_retryable=False) from None
