"""What the product signs is verified by the client, and nothing else is."""

from datetime import UTC, datetime

import pytest
from sequitur_client import InvalidSignature, verify_webhook

from core import signing

NOW = 1_790_000_000.0
BODY = '{"name": "Zoë"}'.encode()
SECRET, OTHER = signing.new_secret(), signing.new_secret()


def signed(*secrets: str) -> dict[str, str]:
    return signing.sign_with_all(BODY, secrets=secrets, message_id="msg-7", sent_at=datetime.fromtimestamp(NOW, UTC))


@pytest.mark.parametrize("secrets", [(SECRET,), (OTHER, SECRET)], ids=["one", "while a secret is rotated"])
def test_a_signed_message_gives_its_id(secrets: tuple[str, ...]) -> None:
    headers = {name.title(): value for name, value in signed(*secrets).items()}

    assert verify_webhook(SECRET, headers, BODY, now=NOW + 299) == "msg-7"


@pytest.mark.parametrize(
    ("headers", "body", "now"),
    [
        (signed(OTHER), BODY, NOW),
        (signed(SECRET), BODY + b" ", NOW),
        (signed(SECRET), BODY, NOW + 301),
        (signed(SECRET), BODY, NOW - 301),
        ({**signed(SECRET), "webhook-id": "msg-8"}, BODY, NOW),
        ({**signed(SECRET), "webhook-timestamp": "soon"}, BODY, NOW),
        ({**signed(SECRET), "webhook-signature": "v1,ÿ"}, BODY, NOW),
        ({}, BODY, NOW),
    ],
    ids=["other secret", "other body", "old", "ahead", "other id", "no time", "no ascii", "no headers"],
)
def test_whatever_else_is_refused(headers: dict[str, str], body: bytes, now: float) -> None:
    with pytest.raises(InvalidSignature):
        verify_webhook(SECRET, headers, body, now=now)


def test_an_empty_secret_verifies_nothing() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        verify_webhook("whsec_", signed(SECRET), BODY, now=NOW)
