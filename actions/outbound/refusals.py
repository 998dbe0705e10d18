"""What the door says when it does not send, or gets no answer. The codes are stable.

A refused address and a name without one give the same words: the difference would map our network for a stranger.
"""

from actions.base import ActionFailedError


def address_refused(host: str, *, is_retryable: bool = False) -> ActionFailedError:
    """The address is private, the port is not the web's, or the name has no address: nobody is told which."""
    return ActionFailedError(
        "address_refused",
        f"the address of {host[:253]} is not allowed or does not resolve; "
        "an operator can allow private addresses in SEQUITUR_OUTBOUND_ALLOW",
        is_retryable=is_retryable,
    )


def not_allowed(host: str) -> ActionFailedError:
    """The address could be reached, but the workspace's own lists do not let its actions go there."""
    return ActionFailedError(
        "host_not_allowed",
        f"this workspace does not let its actions call {host[:253]}; "
        "an admin changes what may be called in the workspace's outbound settings (allow, deny)",
        is_retryable=False,
    )


def circuit_open(host: str, wait_seconds: float) -> ActionFailedError:
    """The host failed so often lately that it is left alone for a while: nothing was sent."""
    return ActionFailedError(
        "circuit_open",
        f"{host[:253]} failed too often lately and is left alone for {wait_seconds:.0f} s; nothing was sent",
        is_retryable=True,
        retry_after_seconds=max(wait_seconds, 0.0),
    )


def rate_limited(host: str, wait_seconds: float) -> ActionFailedError:
    """The workspace calls the host as often as it allows itself to: nothing was sent."""
    return ActionFailedError(
        "rate_limited",
        f"the workspace's rate limit for {host[:253]} is reached; nothing was sent",
        is_retryable=True,
        retry_after_seconds=max(wait_seconds, 0.0),
    )


def proxy_failed(reason: str) -> ActionFailedError:
    """The operator's proxy did not open a tunnel. It says nothing about the host."""
    return ActionFailedError(
        "proxy_failed",
        f"the proxy of SEQUITUR_OUTBOUND_PROXY opened no connection: {reason}; an operator looks after it",
        is_retryable=True,
    )


def redirect_refused(reason: str) -> ActionFailedError:
    """The answer redirects to where the request is not sent."""
    return ActionFailedError("redirect_refused", f"the redirect is not followed: {reason}", is_retryable=False)


def redirect_loop(url: str) -> ActionFailedError:
    """The answers redirect in a circle."""
    return ActionFailedError("redirect_loop", f"the redirects lead back to {url[:200]}", is_retryable=False)


def too_many_redirects(most: int) -> ActionFailedError:
    """There was one redirect more than is followed."""
    return ActionFailedError(
        "too_many_redirects", f"the answer redirects again; {most} redirects are followed at most", is_retryable=False
    )


def timed_out(host: str) -> ActionFailedError:
    """The whole exchange took longer than its deadline."""
    return ActionFailedError("timeout", f"{host[:253]} did not answer completely in time", is_retryable=True)


def connection_failed(host: str, reason: str) -> ActionFailedError:
    """There was no connection, or it ended before the answer did."""
    return ActionFailedError("connection_failed", f"no answer from {host[:253]}: {reason}", is_retryable=True)


def tls_failed(host: str, reason: str) -> ActionFailedError:
    """The certificate is not that of the host, or not trusted, or no common protocol was found."""
    return ActionFailedError("tls_error", f"no trusted connection to {host[:253]}: {reason}", is_retryable=False)


def too_large(host: str, max_bytes: int) -> ActionFailedError:
    """The answer is longer than is read."""
    return ActionFailedError(
        "response_too_large", f"the answer of {host[:253]} is longer than {max_bytes:,} bytes", is_retryable=False
    )


def invalid_url(reason: str) -> ActionFailedError:
    """The URL is none that the door opens for."""
    return ActionFailedError("invalid_url", f"this URL cannot be called: {reason}", is_retryable=False)


def invalid_header(name: str, reason: str) -> ActionFailedError:
    """The header would be read as something else than a header."""
    return ActionFailedError(
        "invalid_header", f"the header {name[:100]!r} cannot be sent: {reason}", is_retryable=False
    )


def invalid_body(reason: str) -> ActionFailedError:
    """The body cannot be written as JSON."""
    return ActionFailedError("invalid_parameters", f"this body cannot be sent as JSON: {reason}", is_retryable=False)
