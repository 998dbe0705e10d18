"""`smtp`: a mail server of the workspace's own."""

from typing import Literal

from pydantic import Field, field_validator

from actions import mail
from actions.connections.base import ConnectionPart, ConnectionType, Opened, TestCall
from actions.connections.registry import register
from actions.mail import servers


class SmtpSettings(ConnectionPart):
    """Where it is, how it is spoken to, and who writes."""

    host: str = Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9_.:\[\]-]+$", description="The mail server.")
    port: int = Field(587, ge=1, le=65535, description="Its port: 587 with starttls, 465 with tls.")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="How the connection is kept private.")
    username: str = Field("", max_length=320, description="Who logs in; empty: nobody does.")
    from_address: str = Field(max_length=320, description="The sender.")

    @field_validator("from_address")
    @classmethod
    def _mailbox(cls, value: str) -> str:
        return mail.check_mailbox(value)


class SmtpSecrets(ConnectionPart):
    """What logs in."""

    password: str = Field("", max_length=1000, repr=False, description="The password of the user.")


class Smtp(ConnectionType[SmtpSettings, SmtpSecrets]):
    """Held to the rules of all that leaves: a private address only where an operator allows it."""

    key = "smtp"
    title = "Mail server"
    description = "Sends e-mail through a mail server of one's own."
    icon = "mail"
    settings_model = SmtpSettings
    secrets_model = SmtpSecrets
    address_fields = frozenset({"host", "port", "security"})  # how well the way is guarded, too

    def test(self, opened: Opened[SmtpSettings, SmtpSecrets], call: TestCall) -> str:
        server = servers.of(opened)
        servers.try_out(server, timeout_seconds=call.timeout_seconds)
        logged_in = ", and lets us in" if opened.settings.username else ""
        return f"The mail server answers{logged_in}; messages are sent from {opened.settings.from_address}."


register(Smtp())
