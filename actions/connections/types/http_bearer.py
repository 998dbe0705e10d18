"""`http_bearer`: an HTTP API that takes a token, as `Authorization: Bearer ...`."""

from pydantic import Field

from actions.connections.base import Authorization, ConnectionPart, HttpConnectionType, Opened
from actions.connections.registry import register


class HttpBearerSettings(ConnectionPart):
    """Where it is."""

    base_url: str = Field(
        min_length=1, max_length=2048, description="What all URLs begin with: https://api.example.com"
    )


class HttpBearerSecrets(ConnectionPart):
    """What it is sent."""

    token: str = Field(min_length=1, max_length=16_384, description="The token.")


class HttpBearer(HttpConnectionType[HttpBearerSettings, HttpBearerSecrets]):
    """A token that does not change."""

    key = "http_bearer"
    title = "HTTP API with a token"
    description = "Sends `Authorization: Bearer <token>` to one HTTP API."
    icon = "key"
    settings_model = HttpBearerSettings
    secrets_model = HttpBearerSecrets

    def base_url(self, opened: Opened[HttpBearerSettings, HttpBearerSecrets]) -> str:
        return opened.settings.base_url

    def authorize(self, opened: Opened[HttpBearerSettings, HttpBearerSecrets]) -> Authorization:
        return Authorization(headers={"Authorization": f"Bearer {opened.secrets.token}"})


register(HttpBearer())
