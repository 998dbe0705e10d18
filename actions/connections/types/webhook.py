"""`webhook`: a URL that is sent signed messages."""

from pydantic import Field, field_validator

from actions.connections.base import ConnectionPart, ConnectionType
from actions.connections.registry import register
from core import signing


class WebhookSettings(ConnectionPart):
    """Where to, when nobody says where."""

    url: str = Field("", pattern=r"^(https?://.*)?$", max_length=2048, description="The receiver's URL.")


class WebhookSecrets(ConnectionPart):
    """What the receiver has, too."""

    signing_secret: str = Field(max_length=1000, repr=False, description="whsec_ and a key in base64.")

    @field_validator("signing_secret")
    @classmethod
    def _usable(cls, value: str) -> str:
        try:
            signing.check_secret(value)
        except signing.SigningSecretError as error:
            raise ValueError(error.detail) from None
        return value


class Webhook(ConnectionType[WebhookSettings, WebhookSecrets]):
    """Signed as Standard Webhooks says; it is not tried, since whatever is sent is a message."""

    key = "webhook"
    title = "Signed webhook"
    description = "A URL that notifications are posted to, signed so that the receiver knows who sends them."
    icon = "webhook"
    settings_model = WebhookSettings
    secrets_model = WebhookSecrets


register(Webhook())
