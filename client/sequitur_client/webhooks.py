"""Verify what Sequitur sends: webhooks signed as Standard Webhooks says.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

from sequitur_client.errors import InvalidSignature

TOLERANCE_SECONDS = 300
PREFIX = "whsec_"


def verify_webhook(
    secret: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    tolerance_seconds: float = TOLERANCE_SECONDS,
    now: float | None = None,
) -> str:
    """The id of the message (`webhook-id`), the same for each time it is sent: keep it, to do what it says once.

    `body`: the bytes as they came, not JSON that was read and written again. `now`: seconds since 1970, for tests.
    Raises `InvalidSignature`, and `ValueError` for a secret that is none.
    """
    key = _key(secret)
    found = {name.lower(): value for name, value in headers.items()}
    message_id, sent_at = found.get("webhook-id", ""), found.get("webhook-timestamp", "")
    if not message_id or not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) < 12):
        raise InvalidSignature("The headers webhook-id and webhook-timestamp are missing, or not what they should be.")
    if abs((time.time() if now is None else now) - int(sent_at)) > tolerance_seconds:
        raise InvalidSignature(f"The message was signed more than {tolerance_seconds:g} seconds ago, or ahead.")
    signed = b".".join([message_id.encode(), sent_at.encode(), body])
    expected = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    offered = found.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(expected, each.encode("utf-8", "replace")) for each in offered):
        raise InvalidSignature("No signature of the message fits the secret.")
    return message_id


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not key:
        raise ValueError("A signing secret is whsec_ followed by base64.")
    return key
