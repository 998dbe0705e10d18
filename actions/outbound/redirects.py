"""What a redirect asks for: the next request, with what may go along. Pure; the next request is checked like any other.

Source: RFC 9110, section 15.4, and what browsers do: 303 makes a GET of everything but HEAD, 301 and 302 of a POST;
307 and 308 send the same again. To another origin only headers go that describe the body or the wish, never one that
could be a credential. The parameters in `query` were for the first URL: Location is a whole URL.
"""

from dataclasses import replace
from urllib.parse import SplitResult, urldefrag, urljoin, urlsplit

from actions.outbound import preparing, refusals
from actions.outbound.messages import OutboundRequest, OutboundResponse

STATUSES = frozenset({301, 302, 303, 307, 308})
DEFAULT_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int | None]

_ALWAYS_SENT = frozenset(
    {"accept", "accept-language", "cache-control", "content-language", "content-type", "idempotency-key", "user-agent"}
)


class Trail:
    """The requests of one exchange so far, in order."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self._seen: set[tuple[str, str]] = set()

    def add(self, method: str, url: str) -> None:
        """Note a request that is sent. Raises `ActionFailedError` (redirect_loop) for one that was sent before."""
        if (method, url) in self._seen:
            raise refusals.redirect_loop(url)
        self._seen.add((method, url))
        self.urls.append(url)


def is_followed(request: OutboundRequest, status: int) -> bool:
    """Whether an answer with this status would be followed, if it says where to."""
    return request.max_redirects > 0 and status in STATUSES


def following(request: OutboundRequest, response: OutboundResponse, *, url: str, count: int) -> OutboundRequest | None:
    """The request that the answer to `request`, sent to `url`, asks for; None for an answer that ends it.

    `count` redirects were followed before. Raises `ActionFailedError`: too_many_redirects, redirect_refused.
    """
    location = response.headers.get("location", "")
    if not location or not is_followed(request, response.status):
        return None
    if count >= request.max_redirects:
        raise refusals.too_many_redirects(request.max_redirects)
    target = _target(url, _text(location))
    method = _method(request.method, response.status)
    is_body_kept = method == request.method
    headers = {name: value for name, value in request.headers.items() if is_body_kept or not _is_of_body(name)}
    if origin(target) != origin(url):
        headers = {name: value for name, value in headers.items() if name.lower() in _ALWAYS_SENT}
    return replace(
        request, method=method, url=target, headers=headers, query={}, body=request.body if is_body_kept else None
    )


def origin(url: str) -> Origin:
    """Scheme, host and port: who shares them may see the same credentials."""
    parts: SplitResult = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".")
    return parts.scheme, host, parts.port or DEFAULT_PORTS.get(parts.scheme)


def shown_origin(url: str) -> str:
    """The same, for people: https://api.example.com."""
    parts = urlsplit(url.strip())
    return f"{parts.scheme}://{parts.netloc}"


def _target(url: str, location: str) -> str:
    """The whole URL. Raises `ActionFailedError` (redirect_refused, invalid_url) for one that is not called."""
    try:
        target = urldefrag(urljoin(url, location)).url
        scheme = urlsplit(target).scheme
    except ValueError:
        raise refusals.redirect_refused("what it leads to is no URL") from None
    if scheme not in DEFAULT_PORTS:
        raise refusals.redirect_refused("it does not lead to http:// or https://")
    if scheme == "http" and urlsplit(url).scheme == "https":
        raise refusals.redirect_refused("it leads from https to http")
    preparing.check_url(target)
    return target


def _method(method: str, status: int) -> str:
    if status == 303 and method not in {"GET", "HEAD"}:
        return "GET"
    return "GET" if status in {301, 302} and method == "POST" else method


def _is_of_body(name: str) -> bool:
    return name.lower().startswith("content-")


def _text(location: str) -> str:
    """A header is read as Latin-1; most servers write UTF-8."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location
