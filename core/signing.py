"""Sign and verify messages as Standard Webhooks says: HMAC-SHA256 over `id.timestamp.body`.

The library computes the signature. The clock, the tolerance and the comparison are ours: the library reads the time
itself, has its five minutes fixed, and raises `ValueError` for a malformed header.
Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
import re
import secrets as random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from core.errors import SequiturError

SECRET_PREFIX = "whsec_"  # noqa: S105  how a secret begins, not a secret
SECRET_BYTES = 32
MIN_KEY_BYTES = 16
TOLERANCE_SECONDS = 300
ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_UNIX_SECONDS = re.compile(r"[0-9]{1,11}")


class SigningSecretError(SequiturError):
    """A signing secret is `whsec_` followed by a key of 16 bytes or more in base64."""

    code = "invalid_signing_secret"
    status = 400


class SignatureError(SequiturError):
    """The signature of this message is not valid."""

    code = "invalid_signature"
    status = 401


def new_secret() -> str:
    """A random signing secret."""
    return SECRET_PREFIX + base64.b64encode(random.token_bytes(SECRET_BYTES)).decode()


def sign(body: bytes, *, secret: str, message_id: str, sent_at: datetime) -> dict[str, str]:
    """The three headers that prove who sent `body`, and when.

    `message_id` is the same for every attempt, `sent_at` is not.
    Raises `SigningSecretError` for a secret that is none, and `SignatureError` for a body that is not UTF-8.
    """
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: str(int(sent_at.timestamp())),
        SIGNATURE_HEADER: _signature(body, secret=secret, message_id=message_id, sent_at=sent_at),
    }


def sign_with_all(body: bytes, *, secrets: Sequence[str], message_id: str, sent_at: datetime) -> dict[str, str]:
    """The same with a signature for each secret, separated by spaces: a receiver that knows any of them is content.

    Raises what `sign` does, and `SigningSecretError` for no secret at all.
    """
    signed = [sign(body, secret=secret, message_id=message_id, sent_at=sent_at) for secret in secrets]
    if not signed:
        raise SigningSecretError
    return signed[0] | {SIGNATURE_HEADER: " ".join(each[SIGNATURE_HEADER] for each in signed)}


def verify(
    body: bytes,
    *,
    headers: Mapping[str, str],
    secrets: Sequence[str],
    now: datetime,
    tolerance_seconds: float = TOLERANCE_SECONDS,
) -> str:
    """The id of the message, when one of its signatures fits one of `secrets` (two are valid during a rotation).

    Raises `SignatureError`, with the same text for whatever does not fit, and `SigningSecretError` where there is no
    usable secret to compare with.
    """
    if not secrets:
        raise SigningSecretError
    given = {name.lower(): value for name, value in headers.items()}
    message_id = given.get(ID_HEADER, "")
    timestamp = given.get(TIMESTAMP_HEADER, "")
    if not message_id or not _UNIX_SECONDS.fullmatch(timestamp):
        raise SignatureError
    if abs(now.timestamp() - int(timestamp)) > tolerance_seconds:
        raise SignatureError
    sent_at = datetime.fromtimestamp(int(timestamp), tz=UTC)
    # Compared as bytes: compare_digest refuses text that is not ASCII, which a stranger may send.
    offered = [part.encode("utf-8", "replace") for part in given.get(SIGNATURE_HEADER, "").split(" ")]
    for secret in secrets:
        expected = _signature(body, secret=secret, message_id=message_id, sent_at=sent_at).encode()
        if any(hmac.compare_digest(expected, one) for one in offered):
            return message_id
    raise SignatureError


def check_secret(secret: str) -> str:
    """The key of a secret, in base64. Raises `SigningSecretError` for what is none, or too short to guard anything."""
    key = secret.strip().removeprefix(SECRET_PREFIX)
    if not _BASE64.fullmatch(key):  # the library would drop what is not base64, and sign with the rest
        raise SigningSecretError
    try:
        is_long_enough = len(base64.b64decode(key, validate=True)) >= MIN_KEY_BYTES
    except ValueError:
        raise SigningSecretError from None
    if not is_long_enough:
        raise SigningSecretError
    return key


def _signature(body: bytes, *, secret: str, message_id: str, sent_at: datetime) -> str:
    webhook = Webhook(check_secret(secret))
    try:
        # The library takes the wall-clock reading for UTC, whatever the zone.
        return str(webhook.sign(msg_id=message_id, timestamp=sent_at.astimezone(UTC), data=body.decode()))
    except UnicodeError:
        raise SignatureError("Only text in UTF-8 can be signed.") from None
