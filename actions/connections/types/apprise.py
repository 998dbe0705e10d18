"""`apprise`: services that people are told through, each as a URL of the library Apprise."""

from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from pydantic import Field, field_validator

from actions.connections.base import ConnectionPart, ConnectionType, Opened, TestCall
from actions.connections.registry import register

# What else a URL may say: others read files of this machine (template, pgpkey), or turn TLS off (verify, mode).
OPTIONS = frozenset({
    "avatar", "bcc", "cc", "channel", "footer", "format", "from", "name", "overflow", "priority", "reply", "silent",
    "smtp", "tags", "thread", "to", "topic", "user",
})  # fmt: skip


class AppriseSettings(ConnectionPart):
    """All of it is secret."""


class AppriseSecrets(ConnectionPart):
    """The URLs hold the services' credentials."""

    urls: list[str] = Field(
        min_length=1, max_length=20, repr=False, description="URLs, as slack://... or mailtos://..."
    )

    @field_validator("urls")
    @classmethod
    def _allowed(cls, urls: list[str]) -> list[str]:
        for number, url in enumerate(urls, start=1):
            check_url(url, number=number)
        return urls


def check_url(url: str, *, number: int) -> None:
    """Raises ValueError, whose text does not show it, for a URL of a scheme or with an option that is not allowed."""
    allowed = [scheme.lower() for scheme in settings.SEQUITUR_APPRISE_SCHEMES]
    scheme, found, _ = url.partition("://")
    if not found or scheme.lower() not in allowed or any(char.isspace() or not char.isprintable() for char in url):
        raise ValueError(
            f"URL {number} is of a scheme that is not allowed here; there are {', '.join(sorted(allowed))}, and an "
            "operator can allow others in SEQUITUR_APPRISE_SCHEMES"
        )
    names = {name.lower() for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    if unknown := sorted(names - OPTIONS):
        shown = ", ".join(repr(name[:40]) for name in unknown[:5])
        raise ValueError(f"URL {number} has options that are not allowed here: {shown}")


class Apprise(ConnectionType[AppriseSettings, AppriseSecrets]):
    """Operators say which services there may be; admins of a workspace say whose."""

    key = "apprise"
    title = "Apprise"
    description = "Services that tell people something, as URLs of Apprise."
    icon = "megaphone"
    settings_model = AppriseSettings
    secrets_model = AppriseSecrets

    def test(self, opened: Opened[AppriseSettings, AppriseSecrets], call: TestCall) -> str:
        return f"{len(opened.secrets.urls)} services are named; they cannot be tried without telling somebody."


register(Apprise())
