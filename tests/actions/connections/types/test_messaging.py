"""The connections that messages go through: what they are made of, and what trying them out says."""

from typing import Any

import pytest
from pydantic import ValidationError
from pytest_httpserver import HTTPServer

from actions.base import ActionFailedError
from tests.actions import opening

pytestmark = pytest.mark.usefixtures("loopback_is_allowed")
CANARY = "canary-s3cr3t"
SID = "AC" + "0" * 32
TWILIO = {"account_sid": SID, "from_number": "+15005550006"}

CASES = [
    ("twilio", TWILIO, {"auth_token": CANARY}, f"/2010-04-01/Accounts/{SID}.json", "Twilio knows the account"),
    ("ntfy", {}, {"token": CANARY}, "/v1/account", "The server answers, and takes the token."),
    ("ntfy", {}, {}, "/v1/health", "The server answers."),
    ("slack", {}, {"bot_token": CANARY}, "/api/auth.test", "Slack knows the bot, in Acme."),
    ("resend", {"from_address": "a@example.com"}, {"api_key": CANARY}, "/domains", "Resend takes the key"),
]


@pytest.mark.parametrize(("kind", "fields", "secrets", "path", "said"), CASES)
def test_a_connection_that_works_says_so(
    httpserver: HTTPServer, kind: str, fields: dict[str, Any], secrets: dict[str, Any], path: str, said: str
) -> None:
    httpserver.expect_request(path).respond_with_json({"ok": True, "team": "Acme"})

    found = opening.tested(kind, settings={**fields, "base_url": httpserver.url_for("")}, secrets=secrets)

    assert found.startswith(said)


@pytest.mark.parametrize(("kind", "fields", "secrets", "path", "said"), CASES)
def test_one_that_is_refused_says_so_without_its_secret(
    httpserver: HTTPServer, kind: str, fields: dict[str, Any], secrets: dict[str, Any], path: str, said: str
) -> None:
    httpserver.expect_request(path).respond_with_json({"ok": False, "error": CANARY}, status=401)

    with pytest.raises(ActionFailedError) as raised:
        opening.tested(kind, settings={**fields, "base_url": httpserver.url_for("")}, secrets=secrets)

    assert not raised.value.is_retryable
    assert not secrets or CANARY not in raised.value.message


def test_slack_says_in_a_200_that_a_token_is_none(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/auth.test").respond_with_json({"ok": False, "error": "invalid_auth"})

    with pytest.raises(ActionFailedError, match="does not take the token: invalid_auth"):
        opening.tested("slack", settings={"base_url": httpserver.url_for("")}, secrets={"bot_token": CANARY})


@pytest.mark.parametrize(
    ("kind", "fields", "secrets"),
    [
        ("twilio", {**TWILIO, "account_sid": "AC1"}, {"auth_token": CANARY}),
        ("twilio", {**TWILIO, "from_number": "0612"}, {"auth_token": CANARY}),
        ("twilio", {**TWILIO, "base_url": "file:///x"}, {"auth_token": CANARY}),
        ("ntfy", {"topic_prefix": "a/b"}, {}),
        ("slack", {}, {}),
        ("slack", {}, {"bot_token": CANARY, "webhook_url": "https://hooks.slack.com/x"}),
        ("slack", {}, {"webhook_url": "ftp://x"}),
        ("webhook", {}, {"signing_secret": "whsec_x"}),
        ("webhook", {"url": "javascript:x"}, {"signing_secret": "whsec_" + "A" * 32}),
        ("resend", {"from_address": "a@b.cd, e@x.yz"}, {"api_key": CANARY}),
        ("smtp", {"host": "a b", "from_address": "a@b.cd"}, {}),
        ("smtp", {"host": "mail.example.com", "from_address": "a@b.cd", "security": "maybe"}, {}),
        ("apprise", {}, {"urls": []}),
    ],
)
def test_what_cannot_work_is_refused(kind: str, fields: dict[str, Any], secrets: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        opening.opened(kind, settings=fields, secrets=secrets)


@pytest.mark.parametrize(("kind", "fields", "secrets", "path", "said"), CASES)
def test_what_is_opened_is_shown_without_its_secrets(
    kind: str, fields: dict[str, Any], secrets: dict[str, Any], path: str, said: str
) -> None:
    found = opening.opened(kind, settings=fields, secrets=secrets)

    assert CANARY not in repr(found) + repr(found.secrets)
