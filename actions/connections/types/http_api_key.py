"""`http_api_key`: an HTTP API that takes a key in a header or in the query of its own naming."""

from typing import Literal

from pydantic import Field, field_validator

from actions.base import ActionFailedError
from actions.connections.base import Authorization, ConnectionPart, Opened
from actions.connections.http import ApiConnectionType, ApiSettings
from actions.connections.registry import register
from actions.outbound import OutboundRequest, preparing


class HttpApiKeySettings(ApiSettings):
    """Where it is, and where the key goes."""

    place: Literal["header", "query"] = Field("header", description="Whether the key goes into a header or the query.")
    parameter: str = Field(
        "X-Api-Key",
        min_length=1,
        max_length=100,
        pattern=r"^[A-Za-z0-9_.~-]+$",
        description="The name of the header, or of the parameter in the query.",
    )
    prefix: str = Field("", max_length=50, pattern=r"^[\x20-\x7e]*$", description="What stands before the key: `Key `.")

    model_config = {**ApiSettings.model_config, "str_strip_whitespace": False}

    @field_validator("parameter")
    @classmethod
    def _is_not_ours(cls, value: str) -> str:
        try:
            preparing.prepare(OutboundRequest("GET", "http://example.com", headers={value: "x"}))
        except ActionFailedError as error:
            raise ValueError(error.message) from None
        return value


class HttpApiKeySecrets(ConnectionPart):
    """What it is sent."""

    key: str = Field(min_length=1, max_length=16_384, description="The key.")


class HttpApiKey(ApiConnectionType[HttpApiKeySettings, HttpApiKeySecrets]):
    """A key that does not change."""

    key = "http_api_key"
    title = "HTTP API with a key"
    description = "Sends a key in a header, such as X-Api-Key, or in the query to one HTTP API."
    icon = "key-round"
    settings_model = HttpApiKeySettings
    secrets_model = HttpApiKeySecrets

    def authorize(self, opened: Opened[HttpApiKeySettings, HttpApiKeySecrets]) -> Authorization:
        carried = {opened.settings.parameter: opened.settings.prefix + opened.secrets.key}
        return Authorization(headers=carried) if opened.settings.place == "header" else Authorization(query=carried)


register(HttpApiKey())
