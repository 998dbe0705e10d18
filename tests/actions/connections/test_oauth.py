from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from actions.connections import oauth
from actions.connections.base import Opened
from actions.connections.oauth import OAuthClient, OAuthSecrets
from actions.connections.registry import connection_types

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = {
    "base_url": "https://api.example.com",
    "authorize_url": "https://login.example.com/authorize?tenant=1",
    "token_url": "https://login.example.com/token",
    "client_id": "sequitur",
}


def opened(ends_in: float | None, *, grant: str = "authorization_code", **secrets: Any) -> Opened[Any, Any]:
    found = connection_types.get("oauth2")
    settings = found.settings_model.model_validate({**SETTINGS, "grant": grant})
    ends = None if ends_in is None else NOW.timestamp() + ends_in
    return Opened(uuid4(), "crm", "oauth2", settings, OAuthSecrets(access_token_ends=ends, **secrets))


@pytest.mark.parametrize(
    ("found", "is_stale"),
    [
        (opened(None), True),  # no token yet
        (opened(None, access_token="a"), False),  # its end is not known
        (opened(61, access_token="a", refresh_token="r"), False),
        (opened(60, access_token="a", refresh_token="r"), True),
        (opened(60, access_token="a"), False),  # nothing to renew it with: used to its end
        (opened(0, access_token="a"), True),
        (opened(60, access_token="a", grant="client_credentials"), True),
    ],
)
def test_a_token_is_stale_a_minute_before_its_end_if_it_can_be_renewed(found: Opened[Any, Any], is_stale: bool) -> None:
    assert connection_types.get("oauth2").is_stale(found, NOW) is is_stale


def test_the_challenge_is_that_of_the_standard() -> None:
    # RFC 7636, appendix B
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    assert oauth.challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_place_to_agree_keeps_its_own_query() -> None:
    client = OAuthClient("https://login.example.com/authorize?tenant=1", "", "me", None, ("a", "b"), audience="api")

    url = oauth.authorize_url(client, redirect_uri="https://we.example.com/", state="s", verifier="v")

    query = parse_qs(urlsplit(url).query)
    assert (query["tenant"], query["scope"], query["audience"]) == (["1"], ["a b"], ["api"])
    assert (query["response_type"], query["state"]) == (["code"], ["s"])
