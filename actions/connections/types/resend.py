"""`resend`: an account at Resend, which sends e-mail over HTTP."""

from pydantic import Field, field_validator

from actions import mail, outbound
from actions.connections import http
from actions.connections.base import Authorization, ConnectionPart, HttpConnectionType, Opened, TestCall
from actions.connections.registry import register
from actions.connections.urls import BaseUrl


class ResendSettings(ConnectionPart):
    """Who writes."""

    from_address: str = Field(max_length=320, description="The sender, of a domain that Resend knows to be yours.")
    base_url: BaseUrl = Field("https://api.resend.com", description="Resend's API.")

    @field_validator("from_address")
    @classmethod
    def _mailbox(cls, value: str) -> str:
        return mail.check_mailbox(value)


class ResendSecrets(ConnectionPart):
    """What proves it."""

    api_key: str = Field(min_length=8, max_length=500, repr=False, description="An API key (re_...).")


class Resend(HttpConnectionType[ResendSettings, ResendSecrets]):
    """It recognises a message that comes twice by its idempotency key, for a day."""

    key = "resend"
    title = "Resend"
    description = "Sends e-mail through an account at Resend."
    icon = "mail"
    settings_model = ResendSettings
    secrets_model = ResendSecrets
    address_fields = frozenset({"base_url"})  # not the sender's

    def base_url(self, opened: Opened[ResendSettings, ResendSecrets]) -> str:
        return opened.settings.base_url.rstrip("/")

    def authorize(self, opened: Opened[ResendSettings, ResendSecrets]) -> Authorization:
        return Authorization(headers={"Authorization": f"Bearer {opened.secrets.api_key}"})

    def test(self, opened: Opened[ResendSettings, ResendSecrets], call: TestCall) -> str:
        request = http.request(opened, "GET", "/domains")
        outbound.call(request, timeout_seconds=call.timeout_seconds, redactor=call.redactor)
        return f"Resend takes the key; messages are sent from {opened.settings.from_address}."


register(Resend())
