"""What goes out and what comes back, as values."""

import codecs
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from actions.outbound import refusals
from core import documents
from core.errors import SequiturError
from core.redaction import Redactor

MAX_RESPONSE_BYTES = 1024 * 1024  # unless SEQUITUR_OUTBOUND_MAX_RESPONSE_BYTES says otherwise
MAX_REDIRECTS = 5
KEPT_CHARACTERS = 64 * 1024  # of a body, with the attempt
_MARGIN_CHARACTERS = 8 * 1024  # redacted too, so that no secret lies across the cut

Query = Mapping[str, str | int | float | bool | Sequence[str | int | float | bool]]


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """A request as an action wants it sent.

    `is_body_wanted=False` says that the answer's status is all that counts: its body is cut instead of refused.
    `max_redirects` (0 to 5) are followed. `max_response_bytes` can only be less than the server's own limit.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Query = field(default_factory=dict)
    body: bytes | None = None
    is_body_wanted: bool = True
    max_redirects: int = 0
    max_response_bytes: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.max_redirects <= MAX_REDIRECTS:
            raise ValueError(f"max_redirects is from 0 to {MAX_REDIRECTS}")

    def as_json(self, redactor: Redactor) -> dict[str, Any]:
        """What people see of it. Shape: `{"method", "url", "headers": {}, "query": {}, "body": str | None}`."""
        body = None if self.body is None else _kept(_text(self.body, "utf-8"), redactor)
        return {
            "method": self.method,
            "url": self.url,
            "headers": dict(self.headers),
            "query": dict(self.query),
            "body": body,
        }


@dataclass(frozen=True, slots=True)
class OutboundResponse:
    """The answer, whatever its status. Names of headers are in lower case; `set-cookie` is left out."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_truncated: bool
    duration_ms: int
    redirects: tuple[str, ...] = ()  # the URLs that answered with a redirect which was followed

    def text(self) -> str:
        """The body as text in the charset it names, else UTF-8; what cannot be read becomes U+FFFD."""
        charset = re.search(r"charset=\"?([A-Za-z0-9._-]{1,40})", self.headers.get("content-type", ""))
        return _text(self.body, charset[1] if charset else "utf-8")

    def value(self) -> Any:
        """The body as JSON where it says that it is JSON and can be stored, else as text; None when it is empty."""
        if not self.body:
            return None
        media_type = self.headers.get("content-type", "application/json").split(";")[0].strip().lower()
        if media_type.endswith(("/json", "+json")) and not self.is_truncated:
            try:
                return documents.parse_json(self.body, max_bytes=len(self.body))
            except SequiturError:
                return self.text()
        return self.text()

    def as_json(self, redactor: Redactor) -> dict[str, Any]:
        """What people see of it. Shape: `{"status", "headers": {}, "body": str, "is_truncated", "duration_ms"}`, and
        `"redirects": [url]` where some were followed.
        """
        text = self.text()
        redirects = {"redirects": list(self.redirects)} if self.redirects else {}
        return redirects | {
            "status": self.status,
            "headers": dict(self.headers),
            "body": _kept(text, redactor, is_truncated=self.is_truncated),
            "is_truncated": self.is_truncated or len(text) > KEPT_CHARACTERS,
            "duration_ms": self.duration_ms,
        }


def json_bytes(value: Any) -> bytes:
    """The value as compact JSON. Raises `ActionFailedError` (invalid_parameters) for numbers that JSON lacks."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except ValueError as error:
        raise refusals.invalid_body(str(error)) from None


def _kept(text: str, redactor: Redactor, *, is_truncated: bool = False) -> str:
    """The beginning of a text, redacted before it is cut: half a secret is not recognised any more.

    The end of a text that was cut before may be such a half, so it goes.
    """
    looked_at = text[: KEPT_CHARACTERS + _MARGIN_CHARACTERS]
    cleaned = redactor.clean_text(looked_at)
    is_cut = is_truncated or len(looked_at) < len(text)
    whole = max(len(cleaned) - _MARGIN_CHARACTERS, 0) if is_cut else len(cleaned)
    return cleaned[: min(whole, KEPT_CHARACTERS)]


_CHARSETS = frozenset({"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252", "utf-16", "utf-16-le", "utf-16-be"})


def _text(body: bytes, charset: str) -> str:
    """The body in its charset, if that is one of the web's: others decode in quadratic time (punycode), or raise."""
    try:
        known = codecs.lookup(charset).name
    except LookupError:
        known = "utf-8"
    text = body.decode(known if known in _CHARSETS else "utf-8", "replace")
    return text.replace("\x00", "\ufffd")
