"""`http_bearer`: an HTTP API that takes a token, as `Authorization: Bearer ...`."""

from pydantic import Field

from actions.connections.base import Authorization, ConnectionPart, Opened
from actions.connections.http import ApiConnectionType, ApiSettings
from actions.connections.registry import register


class HttpBearerSecrets(ConnectionPart):
    """What it is sent."""

    token: str = Field(min_length=1, max_length=16_384, description="The token.")


class HttpBearer(ApiConnectionType[ApiSettings, HttpBearerSecrets]):
    """A token that does not change."""

    key = "http_bearer"
    title = "HTTP API with a token"
    description = "Sends `Authorization: Bearer <token>` to one HTTP API."
    icon = "key"
    settings_model = ApiSettings
    secrets_model = HttpBearerSecrets

    def authorize(self, opened: Opened[ApiSettings, HttpBearerSecrets]) -> Authorization:
        return Authorization(headers={"Authorization": f"Bearer {opened.secrets.token}"})


register(HttpBearer())
