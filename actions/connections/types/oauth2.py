"""`oauth2`: an HTTP API that takes tokens of an OAuth 2.0 server, for people (authorisation code) or for us alone."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from actions.connections.base import Opened, TestCall
from actions.connections.http import ApiConnectionType, ApiSettings
from actions.connections.oauth import OURS, OAuthClient, OAuthConnectionType, OAuthSecrets
from actions.connections.registry import register
from actions.connections.urls import Url


class OAuth2Settings(ApiSettings):
    """Where the API and its OAuth server are, and who we are there."""

    grant: Literal["authorization_code", "client_credentials"] = Field(
        "authorization_code", description="authorization_code: a person agrees once; client_credentials: nobody has to."
    )
    authorize_url: Url | None = Field(None, description="Where people agree; needed for authorization_code.")
    token_url: Url = Field(description="Where tokens are fetched.")
    client_id: str = Field(min_length=1, max_length=1000, description="The id of the application at the other side.")
    scopes: list[str] = Field([], max_length=100, description="What is asked for: a list, or words with spaces.")
    audience: str = Field("", max_length=2048, description="For which API, where the server asks for that.")
    auth_style: Literal["basic", "body"] = Field("basic", description="How the client's secret is sent.")
    authorize_params: dict[str, str] = Field(
        {}, max_length=20, description="More parameters of authorize_url, such as access_type: offline."
    )

    @field_validator("scopes", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        return value.split() if isinstance(value, str) else value

    @field_validator("authorize_params")
    @classmethod
    def _are_theirs(cls, value: dict[str, str]) -> dict[str, str]:
        if ours := sorted(value.keys() & OURS):
            raise ValueError(f"{', '.join(ours)}: set by the engine")
        return value

    @model_validator(mode="after")
    def _has_a_place_to_agree(self) -> "OAuth2Settings":
        if self.grant == "authorization_code" and self.authorize_url is None:
            raise ValueError("authorize_url is needed for the grant authorization_code")
        return self


class OAuth2(OAuthConnectionType[OAuth2Settings, OAuthSecrets], ApiConnectionType[OAuth2Settings, OAuthSecrets]):
    """Any server that follows the standard."""

    key = "oauth2"
    title = "HTTP API with OAuth 2.0"
    description = "Fetches and renews tokens of an OAuth 2.0 server, and sends them to one HTTP API."
    icon = "shield-check"
    settings_model = OAuth2Settings
    secrets_model = OAuthSecrets

    def client(self, opened: Opened[OAuth2Settings, OAuthSecrets]) -> OAuthClient:
        given = opened.settings
        return OAuthClient(
            authorize_url=given.authorize_url or "",
            token_url=given.token_url,
            client_id=given.client_id,
            client_secret=opened.secrets.client_secret,
            scopes=tuple(given.scopes),
            audience=given.audience,
            auth_style=given.auth_style,
            is_interactive=given.grant == "authorization_code",
            extra=given.authorize_params,
        )

    def test(self, opened: Opened[OAuth2Settings, OAuthSecrets], call: TestCall) -> str:
        found = super().test(opened, call)
        return found if opened.settings.test_path else "There is a token. " + found


register(OAuth2())
