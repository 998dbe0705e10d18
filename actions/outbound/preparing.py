"""The rules for what may go out at all, and the request as it will be sent."""

import re
import unicodedata
from urllib.parse import urlsplit

import requests

from actions.outbound import refusals
from actions.outbound.messages import OutboundRequest, Query

MAX_URL_CHARACTERS = 2048
USER_AGENT = "Sequitur"

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NOT_IN_URLS = re.compile(r"[\x00-\x1f\x7f\\]")
_METHOD = re.compile(r"[A-Z]{1,20}")
# They say where a message ends and which host it is for: ours to say, or another request could hide in this one.
_OURS = frozenset(
    {
        "accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip


def prepare(request: OutboundRequest) -> requests.PreparedRequest:
    """The request as bytes to be sent. Raises `ActionFailedError` (invalid_url, invalid_header) for what is not."""
    check_url(request.url)
    if not _METHOD.fullmatch(request.method):
        raise refusals.invalid_header("method", "expected capital letters")
    headers = {"user-agent": USER_AGENT} | {
        name.lower(): _header(name, value) for name, value in request.headers.items()
    }
    headers |= {"accept-encoding": "identity", "connection": "close"}
    try:
        prepared = requests.Request(
            request.method,
            request.url.strip(),
            headers=headers,
            params=_pairs(request.query),
            data=request.body,
        ).prepare()
    except (requests.RequestException, ValueError) as error:
        raise refusals.invalid_url(str(error)) from None
    check_url(str(prepared.url))
    return prepared


def check_url(url: str) -> None:
    """Raises `ActionFailedError` (invalid_url) for a URL that is not plainly http or https to a host."""
    if len(url) > MAX_URL_CHARACTERS:
        raise refusals.invalid_url(f"it is longer than {MAX_URL_CHARACTERS:,} characters")
    if _NOT_IN_URLS.search(url):
        raise refusals.invalid_url("it has a control character or a backslash")
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise refusals.invalid_url(str(error)) from None
    if parts.scheme not in {"http", "https"}:
        raise refusals.invalid_url("it does not begin with http:// or https://")
    if "@" in parts.netloc:
        raise refusals.invalid_url("it has a user name; send credentials in a header")
    if not host or "%" in host or any(character.isspace() for character in parts.netloc):
        raise refusals.invalid_url("it has no host")
    if unicodedata.normalize("NFKC", host) != host:
        raise refusals.invalid_url("its host has look-alike characters")


def host_of(prepared: requests.PreparedRequest) -> str:
    """The host that a prepared request goes to."""
    return urlsplit(str(prepared.url)).hostname or ""


def authority_of(prepared: requests.PreparedRequest) -> str:
    """The host, with the port where it is not the scheme's own: what is remembered under one name."""
    parts = urlsplit(str(prepared.url))
    host = (parts.hostname or "").rstrip(".")
    is_default = parts.port in {None, {"http": 80, "https": 443}[parts.scheme]}
    return host[:253] if is_default else f"{host[:253]}:{parts.port}"


def _header(name: str, value: str) -> str | bytes:
    if not _HEADER_NAME.fullmatch(name):
        raise refusals.invalid_header(name, "a name is letters, digits and hyphens")
    if name.lower() in _OURS:
        raise refusals.invalid_header(name, "it is set by the engine")
    if _CONTROL.search(value):
        raise refusals.invalid_header(name, "a value has no line breaks or control characters")
    value = value.strip()
    return value if value.isascii() else value.encode("utf-8", "replace")


def _pairs(query: Query) -> list[tuple[str, str]]:
    items = ((name, value if isinstance(value, list | tuple) else [value]) for name, value in query.items())
    return [(name, _query_text(value)) for name, values in items for value in values]


def _query_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
