"""What schemes have in common: digests, their comparison, timestamps, and ids in bodies."""

import base64
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from core import documents
from core.errors import SequiturError

ENCODINGS: Mapping[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "base64": lambda digest: base64.b64encode(digest).decode(),
}
NO_FIT = "the signature fits none of the secrets: another secret, or a body that was changed on its way"

_UNIX_SECONDS = re.compile(r"[0-9]{1,11}")
MAX_BODY_BYTES = 1024 * 1024  # the view refuses far shorter ones


def digest(message: bytes, *, secret: str, algorithm: str = "sha256", encoding: str = "hex") -> str:
    """HMAC of the message, written as `encoding` says."""
    return ENCODINGS[encoding](hmac.new(secret.encode(), message, algorithm).digest())


def is_any(offered: Iterable[str], *, of: Iterable[str]) -> bool:
    """Whether something that was offered is something expected, each pair compared in constant time.

    As bytes: compare_digest refuses text that is not ASCII, which a stranger may send.
    """
    given = [text.encode("utf-8", "replace") for text in offered]
    expected = [text.encode("utf-8", "replace") for text in of]
    return any(hmac.compare_digest(one, other) for one in given for other in expected)


def why_not_now(timestamp: str, *, now: datetime, tolerance_seconds: float) -> str:
    """Why a timestamp in Unix seconds is none, too old or too new; empty when it is right."""
    if not _UNIX_SECONDS.fullmatch(timestamp):
        return "the timestamp is missing, or is not a number of seconds"
    age = now.timestamp() - int(timestamp)
    if abs(age) > tolerance_seconds:
        return (
            f"the timestamp is {abs(age):.0f} s {'old' if age > 0 else 'ahead'}; {tolerance_seconds:g} s are accepted"
        )
    return ""


def text_in(body: bytes, name: str) -> str:
    """The text under a name of a JSON object; empty when there is none."""
    try:
        value = documents.parse_json(body, max_bytes=MAX_BODY_BYTES)
    except SequiturError:
        return ""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""
