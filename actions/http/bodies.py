"""Bodies: JSON, forms, files, text; each with its media type."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, model_validator

from actions import outbound
from actions.base import ActionFailedError
from actions.outbound import FilePart


class Part(BaseModel):
    """One part of a multipart body: a field of text, or a file."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    name: str = Field(min_length=1, max_length=200, description="The name of the field.")
    text: str | None = Field(None, description="What is sent, as text.")
    base64: str | None = Field(None, description="What is sent, as bytes in base64.")
    filename: str | None = Field(None, max_length=200, description="Makes a file of it, with this name.")
    content_type: str | None = Field(
        None, max_length=200, pattern=r"^[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+(; ?[A-Za-z0-9-]+=[A-Za-z0-9.+-]+)*$",
        description="The media type of a file, such as text/csv."
    )  # fmt: skip

    @model_validator(mode="after")
    def _one_content(self) -> "Part":
        if (self.text is None) == (self.base64 is None):
            raise ValueError("give either text or base64")
        return self


def of_value(value: str | dict[str, Any] | list[Any] | None) -> tuple[str, bytes | None]:
    """Text as it is, an object or a list as JSON, nothing as nothing."""
    if isinstance(value, dict | list):
        return of_json(value)
    if value is None:
        return "", None
    return "text/plain; charset=utf-8", value.encode("utf-8", "replace")


def of_json(value: Any) -> tuple[str, bytes]:
    """Raises `ActionFailedError` (invalid_parameters) for numbers that JSON lacks."""
    return "application/json", outbound.json_bytes(value)


def of_form(form: Mapping[str, Any]) -> tuple[str, bytes]:
    """As a form of HTML is sent; booleans as JSON writes them, not as Python does."""
    written = {name: str(value).lower() if isinstance(value, bool) else value for name, value in form.items()}
    return "application/x-www-form-urlencoded", urlencode(written, doseq=True).encode()


def of_parts(parts: list[Part]) -> tuple[str, bytes]:
    """Fields and files. Raises `ActionFailedError` (invalid_parameters) for what is no base64."""
    return outbound.multipart([_file_part(part) for part in parts])


def _file_part(part: Part) -> FilePart:
    text = part.text or ""
    content = text.encode("utf-8", "replace") if part.base64 is None else _decoded(part.name, part.base64)
    return FilePart(part.name, content, filename=part.filename, content_type=part.content_type)


def _decoded(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        message = f"the part {name!r} is not base64; encode the bytes, or give text"
        raise ActionFailedError("invalid_parameters", message, is_retryable=False) from None
