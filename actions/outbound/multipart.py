"""Multipart bodies, encoded as browsers do: a quote or a line break in a name cannot end its header."""

from collections.abc import Sequence
from dataclasses import dataclass

from urllib3.fields import RequestField
from urllib3.filepost import encode_multipart_formdata


@dataclass(frozen=True, slots=True)
class FilePart:
    """One part: a field, or with a `filename` a file."""

    name: str
    content: bytes
    filename: str | None = None
    content_type: str | None = None


def multipart(parts: Sequence[FilePart]) -> tuple[str, bytes]:
    """The media type with its boundary, and the body."""
    body, content_type = encode_multipart_formdata([_field(part) for part in parts])
    return content_type, body


def _field(part: FilePart) -> RequestField:
    field = RequestField(_plain(part.name), part.content, _plain(part.filename) if part.filename else None)
    default = "application/octet-stream" if part.filename else None
    field.make_multipart(content_type=part.content_type or default)
    return field


def _plain(text: str) -> str:
    """Without control characters, which urllib3 encodes only in part, and in a form that can be sent."""
    return "".join(each if each.isprintable() else "_" for each in text)
