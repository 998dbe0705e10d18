"""`ntfy`: a server that pushes messages to phones (ntfy.sh, or one's own)."""

from pydantic import Field

from actions import outbound
from actions.connections import http
from actions.connections.base import Authorization, ConnectionPart, HttpConnectionType, Opened, TestCall
from actions.connections.registry import register
from actions.connections.urls import BaseUrl

TOPIC = r"^[A-Za-z0-9_-]{0,64}$"


class NtfySettings(ConnectionPart):
    """Where it is, and what its topics begin with."""

    base_url: BaseUrl = Field("https://ntfy.sh", description="The server.")
    topic_prefix: str = Field("", pattern=TOPIC, description="What stands before each topic, so that none is guessed.")


class NtfySecrets(ConnectionPart):
    """What lets us publish, where that is guarded."""

    token: str = Field("", max_length=500, repr=False, description="An access token (tk_...); empty: topics are open.")


class Ntfy(HttpConnectionType[NtfySettings, NtfySecrets]):
    """Whoever knows a topic of an open server may read it: the prefix is the lock, or a token."""

    key = "ntfy"
    title = "ntfy"
    description = "Pushes messages to phones through ntfy.sh or a server of one's own."
    icon = "bell"
    settings_model = NtfySettings
    secrets_model = NtfySecrets

    def base_url(self, opened: Opened[NtfySettings, NtfySecrets]) -> str:
        return opened.settings.base_url.rstrip("/")

    def authorize(self, opened: Opened[NtfySettings, NtfySecrets]) -> Authorization:
        token = opened.secrets.token
        return Authorization(headers={"Authorization": f"Bearer {token}"} if token else {})

    def test(self, opened: Opened[NtfySettings, NtfySecrets], call: TestCall) -> str:
        has_token = bool(opened.secrets.token)
        request = http.request(opened, "GET", "/v1/account" if has_token else "/v1/health")
        outbound.call(request, timeout_seconds=call.timeout_seconds, redactor=call.redactor)
        return "The server answers, and takes the token." if has_token else "The server answers."


register(Ntfy())
