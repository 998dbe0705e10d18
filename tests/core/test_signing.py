from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from core import signing
from tests import cases

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BODY = '{"name": "Zoë"}'.encode()


def signed(*, secret: str, sent_at: datetime = NOW) -> dict[str, str]:
    return signing.sign(BODY, secret=secret, message_id="msg_1", sent_at=sent_at)


def test_the_published_vectors_are_accepted_and_refused_as_they_say() -> None:
    vectors: list[dict[str, Any]] = cases.load("signatures/standard_webhooks_symmetric.json")["cases"]

    verdicts = {case["name"]: _is_accepted(case) for case in vectors}

    assert verdicts == {case["name"]: case["valid"] for case in vectors}
    assert len(verdicts) == 13


def _is_accepted(case: dict[str, Any]) -> bool:
    now = datetime.fromtimestamp(case["now"], tz=UTC)
    try:
        signing.verify(case["body"].encode(), headers=case["headers"], secrets=[case["secret"]], now=now)
    except (signing.SignatureError, signing.SigningSecretError):
        return False
    return True


def test_a_signed_message_is_verified_and_tells_its_id() -> None:
    secret = signing.new_secret()

    message_id = signing.verify(BODY, headers=signed(secret=secret), secrets=[secret], now=NOW)

    assert message_id == "msg_1"


def test_new_secrets_differ_and_are_whsec_with_32_bytes() -> None:
    first, second = signing.new_secret(), signing.new_secret()

    assert first != second
    assert first.startswith("whsec_")
    assert len(first) == 50  # whsec_ and 44 characters of base64


def test_during_a_rotation_the_old_secret_still_counts() -> None:
    old, new = signing.new_secret(), signing.new_secret()

    signing.verify(BODY, headers=signed(secret=old), secrets=[new, old], now=NOW)

    with pytest.raises(signing.SignatureError):
        signing.verify(BODY, headers=signed(secret=old), secrets=[new], now=NOW)


def test_the_zone_of_the_clock_does_not_matter() -> None:
    secret = signing.new_secret()
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=45)))

    assert signed(secret=secret, sent_at=elsewhere) == signed(secret=secret, sent_at=NOW)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_message_from_too_long_ago_or_ahead_is_refused(seconds: int) -> None:
    secret = signing.new_secret()

    with pytest.raises(signing.SignatureError):
        signing.verify(BODY, headers=signed(secret=secret), secrets=[secret], now=NOW + timedelta(seconds=seconds))


def test_the_tolerance_is_the_callers() -> None:
    secret = signing.new_secret()
    later = NOW + timedelta(seconds=900)

    signing.verify(BODY, headers=signed(secret=secret), secrets=[secret], now=later, tolerance_seconds=1000)


def test_header_names_are_read_in_any_case() -> None:
    secret = signing.new_secret()
    headers = {name.title(): value for name, value in signed(secret=secret).items()}

    signing.verify(BODY, headers=headers, secrets=[secret], now=NOW)


@pytest.mark.parametrize("signature", ["", "v1", "v1,", "é", "v1,é", "v1,=", ",", "v1,AAAA v1", "\ud800"])
def test_a_malformed_signature_is_refused_like_a_wrong_one(signature: str) -> None:
    secret = signing.new_secret()
    headers = signed(secret=secret) | {"webhook-signature": signature}

    with pytest.raises(signing.SignatureError, match="signature of this message is not valid"):
        signing.verify(BODY, headers=headers, secrets=[secret], now=NOW)


@pytest.mark.parametrize("timestamp", ["", "nan", "-1", "1e9", "99999999999999999999", "\uff11\uff17"])
def test_a_timestamp_is_plain_seconds(timestamp: str) -> None:
    secret = signing.new_secret()
    headers = signed(secret=secret) | {"webhook-timestamp": timestamp}

    with pytest.raises(signing.SignatureError):
        signing.verify(BODY, headers=headers, secrets=[secret], now=NOW)


def test_a_body_that_was_written_anew_is_refused() -> None:
    secret = signing.new_secret()

    with pytest.raises(signing.SignatureError):
        signing.verify(b'{"name":"Zo\xc3\xab"}', headers=signed(secret=secret), secrets=[secret], now=NOW)


def test_a_body_that_is_not_text_is_refused() -> None:
    secret = signing.new_secret()

    with pytest.raises(signing.SignatureError):
        signing.verify(b"\xff\xfe", headers=signed(secret=secret), secrets=[secret], now=NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "{{ secrets.x }}", "whsec_a-b_", "whsec_A"])
def test_what_is_not_base64_is_no_secret(secret: str) -> None:
    with pytest.raises(signing.SigningSecretError, match="whsec_"):
        signed(secret=secret)


def test_without_a_secret_nothing_is_verified() -> None:
    with pytest.raises(signing.SigningSecretError):
        signing.verify(BODY, headers=signed(secret=signing.new_secret()), secrets=[], now=NOW)
