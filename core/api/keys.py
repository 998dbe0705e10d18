"""Idempotency keys of requests."""

from core.errors import InvalidError, Problem

MAX_KEY_CHARACTERS = 255


def one_key(in_body: str, in_header: str) -> str:
    """The idempotency key, wherever it stands. Raises `InvalidError` for two that differ, and for what is none."""
    if in_body and in_header and in_body != in_header:
        raise InvalidError("The body and the header Idempotency-Key name different keys; send one of them.")
    key = in_body or in_header
    if len(key) > MAX_KEY_CHARACTERS or not key.isprintable():
        message = f"An idempotency key has at most {MAX_KEY_CHARACTERS} characters, all of them printable."
        raise InvalidError(message, problems=[Problem("/idempotency_key", "invalid", message)])
    return key
