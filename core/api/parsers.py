"""Bodies of requests, read by `core.documents`: one strict parser for JSON, one for YAML."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.parsers import BaseParser

from core import documents
from core.errors import MalformedError, TooLargeError


class StrictJsonParser(BaseParser):
    """`application/json` as an object."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        value = self.read(read_body(stream, max_bytes=_limit(parser_context)))
        if not isinstance(value, dict):
            raise MalformedError("Expected a JSON object: {...}.")
        return value

    def read(self, raw: bytes) -> Any:
        return documents.parse_json(raw, max_bytes=len(raw))


class MergePatchParser(StrictJsonParser):
    """What a JSON merge patch is called (RFC 7396)."""

    media_type = "application/merge-patch+json"


class YamlParser(BaseParser):
    """`application/yaml` (RFC 9512), for definitions written by hand."""

    media_type = "application/yaml"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = _limit(parser_context)
        value = documents.parse_yaml(read_body(stream, max_bytes=limit), max_bytes=limit)
        if not isinstance(value, dict):
            raise MalformedError("Expected a YAML mapping: `name: ...` on lines of its own.")
        return value


class OldYamlParser(YamlParser):
    """What YAML was called before it was registered."""

    media_type = "application/x-yaml"


class TextYamlParser(YamlParser):
    """What editors call it."""

    media_type = "text/yaml"


class YamlStreamParser(YamlParser):
    """Several documents in one stream, as `{"documents": [...]}`; the view says how many (`max_documents`)."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit, view = _limit(parser_context), (parser_context or {}).get("view")
        raw = read_body(stream, max_bytes=limit)
        found = documents.parse_yaml_stream(raw, max_bytes=limit, max_documents=getattr(view, "max_documents", 1))
        return {"documents": found}


class OldYamlStreamParser(YamlStreamParser):
    """As `OldYamlParser`."""

    media_type = "application/x-yaml"


class TextYamlStreamParser(YamlStreamParser):
    """As `TextYamlParser`."""

    media_type = "text/yaml"


def _limit(parser_context: Mapping[str, Any] | None) -> int:
    """What the view accepts, in bytes."""
    return limit_of((parser_context or {}).get("view"))


def is_bounded(request: HttpRequest, view: object) -> bool:
    """Whether the body, by the length that the request says, is one that the parser would read."""
    length = str(request.META.get("CONTENT_LENGTH") or 0)
    return length.isdecimal() and int(length) <= limit_of(view)


def limit_of(view: object) -> int:
    """How large the body of a request may be, in bytes: what the view says, or else the server's own limit."""
    return int(getattr(view, "max_body_bytes", settings.SEQUITUR_MAX_BODY_BYTES))


def read_body(stream: IO[Any] | HttpRequest, *, max_bytes: int) -> bytes:
    """The body, never more of it than is accepted. Raises `TooLargeError`, and `MalformedError` for one cut off."""
    try:
        raw: bytes = stream.read(max_bytes + 1)
    except OSError:
        raise MalformedError("The body ended before its announced length.") from None
    if len(raw) > max_bytes:
        raise TooLargeError(f"The body is larger than the {max_bytes:,} bytes that are accepted.")
    return raw
