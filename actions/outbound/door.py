"""Send one request: once, to a checked address, within its deadline, with a bounded answer."""

import contextlib
import ssl
import zlib
from dataclasses import replace
from time import monotonic
from typing import NoReturn

import requests
import structlog
import urllib3
from django.conf import settings

from actions.base import ActionFailedError
from actions.outbound import causes, preparing, proxies, redirects, refusals, remembered
from actions.outbound.addresses import AllowList
from actions.outbound.connections import DoorAdapter
from actions.outbound.exchange import Exchange
from actions.outbound.messages import OutboundRequest, OutboundResponse
from actions.outbound.redirects import Trail
from core.outbound_rules import OutboundRules

log = structlog.get_logger(__name__)

_CHUNK_BYTES = 64 * 1024
_UNWANTED_BYTES = 96 * 1024  # of a body that only people read, if anybody
_FAILURES_OF_HOSTS = frozenset({"connection_failed", "timeout"})  # and every answer from 500
_LEFT_OUT_HEADERS = frozenset({"set-cookie", "set-cookie2"})


def send(
    request: OutboundRequest, *, deadline_seconds: float, allow: AllowList, rules: OutboundRules | None = None
) -> OutboundResponse:
    """The answer, of whatever status. Redirects are answers too, unless the request says that they are followed.

    Ends within `deadline_seconds`, from the lookup of the name to the last byte. Nothing is tried twice.
    Raises `ActionFailedError`: address_refused, host_not_allowed, invalid_url, invalid_header, tls_error,
    response_too_large, redirect_refused, redirect_loop, too_many_redirects (none of them retryable; but
    address_refused is while name servers do not answer), timeout, connection_failed, proxy_failed, circuit_open,
    rate_limited (retryable).
    """
    started_at = monotonic()
    outcome: object = "refused"
    try:
        with Exchange(
            deadline_seconds=deadline_seconds,
            allow=allow,
            rules=rules,
            connect_seconds=settings.SEQUITUR_OUTBOUND_CONNECT_SECONDS,
            proxy=proxies.parse(settings.SEQUITUR_OUTBOUND_PROXY),
        ) as exchange:
            response = _follow(request, exchange=exchange)
        outcome = response.status
    except ActionFailedError as error:
        outcome = error.code
        raise
    finally:
        duration_ms = round((monotonic() - started_at) * 1000)
        # Without the host: it may come from a secret, and what is logged here passes no redactor.
        log.info("outbound request", method=request.method, outcome=outcome, duration_ms=duration_ms)
    return replace(response, duration_ms=duration_ms)


def _follow(request: OutboundRequest, *, exchange: Exchange) -> OutboundResponse:
    """The last answer. Each request passes all checks; the deadline is that of all together."""
    trail = Trail()
    while True:
        prepared = preparing.prepare(request)
        trail.add(request.method, str(prepared.url))
        response = _send(prepared, request=request, exchange=exchange)
        *before, url = trail.urls
        following = redirects.following(request, response, url=url, count=len(before))
        if following is None:
            return replace(response, redirects=tuple(before))
        request = following


def _send(prepared: requests.PreparedRequest, *, request: OutboundRequest, exchange: Exchange) -> OutboundResponse:
    """One answer, if the host is one that is called at the moment; how it went is remembered of the host."""
    if exchange.rules is None:
        return _answer(prepared, request=request, exchange=exchange)
    ticket = remembered.admit(preparing.authority_of(prepared), exchange.rules)
    try:
        response = _answer(prepared, request=request, exchange=exchange)
    except ActionFailedError as error:
        if error.code in _FAILURES_OF_HOSTS:  # the others say nothing about how the host is
            remembered.record(ticket, failure=error.code)
        raise
    remembered.record(ticket, failure="http_status" if response.status >= 500 else "")
    return response


def _answer(prepared: requests.PreparedRequest, *, request: OutboundRequest, exchange: Exchange) -> OutboundResponse:
    host = preparing.host_of(prepared)
    try:
        response, body, is_truncated = _exchange(prepared, request=request, exchange=exchange)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        _raise(error, host=host, is_expired=exchange.is_expired)
    if exchange.is_expired:  # a body without a length ends where the watchdog cut it
        raise refusals.timed_out(host)
    headers = {name.lower(): value for name, value in response.headers.items() if name.lower() not in _LEFT_OUT_HEADERS}
    return OutboundResponse(response.status_code, headers, body, is_truncated, duration_ms=0)


def _exchange(
    prepared: requests.PreparedRequest, *, request: OutboundRequest, exchange: Exchange
) -> tuple[requests.Response, bytes, bool]:
    """The response, its body, and whether that goes on. An adapter alone has no cookies, redirects or environment."""
    with contextlib.closing(DoorAdapter()) as adapter:
        response = adapter.send(prepared, stream=True, timeout=exchange.remaining_seconds, verify=True, proxies={})
        with contextlib.closing(response.raw):
            is_wanted = request.is_body_wanted and not redirects.is_followed(request, response.status_code)
            most = settings.SEQUITUR_OUTBOUND_MAX_RESPONSE_BYTES
            max_bytes = min(request.max_response_bytes or most, most) if is_wanted else _UNWANTED_BYTES
            body, is_truncated = _read(response, max_bytes=max_bytes)
    if is_truncated and is_wanted:
        raise refusals.too_large(preparing.host_of(prepared), max_bytes)
    return response, body, is_truncated


def _read(response: requests.Response, *, max_bytes: int) -> tuple[bytes, bool]:
    """At most `max_bytes` of the body, and whether there is more. What is compressed unasked is inflated that far."""
    chunks, size = [], 0
    while size <= max_bytes:
        chunk = response.raw.read(min(_CHUNK_BYTES, max_bytes + 1 - size), decode_content=False)
        if not chunk:
            break
        chunks.append(chunk)
        size += len(chunk)
    body = b"".join(chunks)
    if response.headers.get("content-encoding", "").strip().lower() in {"gzip", "x-gzip", "deflate"}:
        body = _inflated(body, max_bytes=max_bytes + 1)
    return body[:max_bytes], max(size, len(body)) > max_bytes


def _inflated(body: bytes, *, max_bytes: int) -> bytes:
    """The first `max_bytes` of what was compressed; the body as it came when it was not."""
    for window_bits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # gzip or zlib by their header, then bare deflate
        try:
            return zlib.decompressobj(window_bits).decompress(body, max_bytes)
        except zlib.error:
            continue
    return body


def _raise(error: Exception, *, host: str, is_expired: bool) -> NoReturn:
    """Give the failure its code.

    1. The watchdog or a socket timeout ended it: timeout. 2. TLS: tls_error. 3. Everything else: connection_failed.
    """
    found = causes.of(error)
    if is_expired or any(_is_timeout(cause) for cause in found):
        raise refusals.timed_out(host) from error
    for cause in found:
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise refusals.tls_failed(host, cause.verify_message) from error
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
            raise refusals.tls_failed(
                host, (cause.reason or "the handshake failed").lower().replace("_", " ")
            ) from error
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
        raise refusals.invalid_url(str(error)) from error
    reason = next((cause.strerror for cause in found if isinstance(cause, OSError) and cause.strerror), None)
    raise refusals.connection_failed(host, (reason or "it ended the connection early").lower()) from error


def _is_timeout(error: BaseException) -> bool:
    """urllib3 derives "refused" from its timeout of connecting."""
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return False
    return isinstance(error, TimeoutError | urllib3.exceptions.TimeoutError)
