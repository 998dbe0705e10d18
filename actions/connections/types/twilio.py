"""`twilio`: an account at Twilio, which text messages are sent through."""

import base64

from pydantic import Field

from actions import outbound
from actions.connections import http
from actions.connections.base import Authorization, ConnectionPart, HttpConnectionType, Opened, TestCall
from actions.connections.registry import register
from actions.connections.urls import BaseUrl

E164 = r"^\+[1-9][0-9]{6,14}$"


class TwilioSettings(ConnectionPart):
    """Which account, and from which number."""

    account_sid: str = Field(pattern=r"^AC[0-9a-fA-F]{32}$", description="The account's SID: AC and 32 hex digits.")
    from_number: str = Field(
        pattern=r"^(\+[1-9][0-9]{6,14}|MG[0-9a-fA-F]{32})$",
        description="A number of the account, as +15005550006, or a messaging service, as MG and 32 hex digits.",
    )
    base_url: BaseUrl = Field("https://api.twilio.com", description="Twilio's API.")


class TwilioSecrets(ConnectionPart):
    """What proves it."""

    auth_token: str = Field(min_length=8, max_length=200, repr=False, description="The account's auth token.")


class Twilio(HttpConnectionType[TwilioSettings, TwilioSecrets]):
    """The token is sent as the password of the account, as Twilio's API takes it."""

    key = "twilio"
    title = "Twilio"
    description = "Sends text messages through an account at Twilio."
    icon = "message-square"
    settings_model = TwilioSettings
    secrets_model = TwilioSecrets

    def base_url(self, opened: Opened[TwilioSettings, TwilioSecrets]) -> str:
        return f"{opened.settings.base_url.rstrip('/')}/2010-04-01/Accounts/{opened.settings.account_sid}"

    def authorize(self, opened: Opened[TwilioSettings, TwilioSecrets]) -> Authorization:
        pair = f"{opened.settings.account_sid}:{opened.secrets.auth_token}"
        return Authorization(headers={"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"})

    def test(self, opened: Opened[TwilioSettings, TwilioSecrets], call: TestCall) -> str:
        request = http.request(opened, "GET", ".json")
        outbound.call(request, timeout_seconds=call.timeout_seconds, redactor=call.redactor)
        return f"Twilio knows the account; messages are sent from {opened.settings.from_number}."


register(Twilio())
