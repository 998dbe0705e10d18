"""CloudEvents in the binary mode of HTTP: attributes in `ce-*` headers, the data as body.

Source: https://github.com/cloudevents/spec (HTTP protocol binding, v1.0.2).
"""

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from core.errors import InvalidError, Problem
from triggers.engine import cloudevents
from triggers.engine.incoming import IncomingEvent

_QUOTED = re.compile(r"\\(.)", re.DOTALL)


def is_binary(headers: Mapping[str, str]) -> bool:
    """Whether a request with these headers is a CloudEvent in binary mode, or was meant to be."""
    return any(f"ce-{name}" in headers for name in cloudevents.REQUIRED)


def read(headers: Mapping[str, str], body: bytes, *, content_type: str) -> IncomingEvent:
    """The event of a request in binary mode. Raises `InvalidError` with every problem."""
    given = {name.lower()[3:]: text for name, text in headers.items() if name.lower().startswith("ce-")}
    where = {name: f"/headers/ce-{name}" for name in (*cloudevents.REQUIRED, *given)}
    attributes = {name: _header(text, where=where[name]) for name, text in given.items()}
    where.setdefault("datacontenttype", "/headers/content-type")
    return cloudevents.read_binary(attributes, body, content_type=content_type, where=where)


def _header(text: str, *, where: str) -> str:
    """The value of a header: quotes of RFC 7230 taken off, then one round of percent-decoding, as the binding says."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = _QUOTED.sub(r"\1", text[1:-1])
    try:
        return unquote_to_bytes(text.encode("latin-1")).decode("utf-8")  # WSGI reads headers as latin-1
    except UnicodeError:
        problem = Problem(where, "invalid", "This is not UTF-8, percent-encoded.")
        raise InvalidError(cloudevents.DETAIL, problems=[problem]) from None
