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
