"""`http_basic`: an HTTP API that takes a user and a password, as `Authorization: Basic ...`."""

import base64
from collections.abc import Collection

from pydantic import Field

from actions.connections.base import Authorization, ConnectionPart, Opened
from actions.connections.http import ApiConnectionType, ApiSettings
from actions.connections.registry import register


class HttpBasicSettings(ApiSettings):
    """Where it is, and as whom it is called."""

    username: str = Field(min_length=1, max_length=1000, pattern=r"^[^:\x00-\x1f\x7f]*$", description="The user.")


class HttpBasicSecrets(ConnectionPart):
    """What it is sent."""

    password: str = Field(
        min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]*$", description="The password of the user."
    )


class HttpBasic(ApiConnectionType[HttpBasicSettings, HttpBasicSecrets]):
    """A user with a password, in UTF-8 (RFC 7617)."""

    key = "http_basic"
    title = "HTTP API with a password"
    description = "Sends a user name and a password (HTTP Basic) to one HTTP API."
    icon = "user-lock"
    settings_model = HttpBasicSettings
    secrets_model = HttpBasicSecrets

    def authorize(self, opened: Opened[HttpBasicSettings, HttpBasicSecrets]) -> Authorization:
        return Authorization(headers={"Authorization": f"Basic {_login(opened)}"})

    def derived_secrets(self, opened: Opened[HttpBasicSettings, HttpBasicSecrets]) -> Collection[str]:
        return [_login(opened)]


def _login(opened: Opened[HttpBasicSettings, HttpBasicSecrets]) -> str:
    login = f"{opened.settings.username}:{opened.secrets.password}"
    return base64.b64encode(login.encode()).decode()


register(HttpBasic())
