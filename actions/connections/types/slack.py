"""`slack`: a workspace of Slack, reached by an incoming webhook or by a bot's token."""

from pydantic import Field, model_validator

from actions import outbound
from actions.base import ActionFailedError
from actions.connections import http
from actions.connections.base import Authorization, ConnectionPart, HttpConnectionType, Opened, TestCall
from actions.connections.registry import register
from actions.connections.urls import BaseUrl


class SlackSettings(ConnectionPart):
    """Where messages go when nobody says where."""

    channel: str = Field("", max_length=100, description="The channel of a bot's messages: #general, or its id.")
    base_url: BaseUrl = Field("https://slack.com", description="Slack's API.")


class SlackSecrets(ConnectionPart):
    """One of the two. A webhook's URL is a secret, since whoever has it may write."""

    webhook_url: str = Field("", max_length=2048, repr=False, description="The URL of an incoming webhook.")
    bot_token: str = Field("", max_length=500, repr=False, description="A bot's token (xoxb-...) with chat:write.")

    @model_validator(mode="after")
    def _one(self) -> "SlackSecrets":
        if bool(self.webhook_url) == bool(self.bot_token):
            raise ValueError("give webhook_url or bot_token, one of them")
        if self.webhook_url and not self.webhook_url.startswith(("https://", "http://")):
            raise ValueError("webhook_url begins with https://")
        return self


class Slack(HttpConnectionType[SlackSettings, SlackSecrets]):
    """A webhook writes into its own channel only; a bot into any that it is in."""

    key = "slack"
    title = "Slack"
    description = "Writes into channels of Slack."
    icon = "hash"
    settings_model = SlackSettings
    secrets_model = SlackSecrets

    def base_url(self, opened: Opened[SlackSettings, SlackSecrets]) -> str:
        return opened.secrets.webhook_url or f"{opened.settings.base_url.rstrip('/')}/api"

    def authorize(self, opened: Opened[SlackSettings, SlackSecrets]) -> Authorization:
        token = opened.secrets.bot_token
        return Authorization(headers={"Authorization": f"Bearer {token}"} if token else {})

    def test(self, opened: Opened[SlackSettings, SlackSecrets], call: TestCall) -> str:
        if opened.secrets.webhook_url:
            return "A webhook cannot be tried without writing; its URL is complete."
        request = http.request(opened, "POST", "/auth.test", body=b"")
        response = outbound.call(request, timeout_seconds=call.timeout_seconds, redactor=call.redactor)
        found = response.value()
        if not isinstance(found, dict) or found.get("ok") is not True:
            said = call.redactor.clean_text(str(found.get("error"))) if isinstance(found, dict) else "nothing readable"
            raise ActionFailedError("slack_refused", f"Slack does not take the token: {said[:200]}", is_retryable=False)
        return f"Slack knows the bot, in {str(found.get('team', 'its workspace'))[:100]}."


register(Slack())
