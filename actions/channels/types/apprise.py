"""`apprise`: any service that Apprise can tell something, as far as operators allow it."""

from typing import ClassVar

from actions.base import ActionCall, ActionFailedError
from actions.channels import apprise_services
from actions.channels.base import Channel, Notice, Receipt
from actions.channels.registry import register
from actions.connections.types import apprise

MAX_CHARACTERS = 32_000


class Apprise(Channel):
    """Nothing is known of a service but whether it took the message, so none is told twice by itself."""

    key = "apprise"
    title = "Apprise"
    description = "A message through services that an admin named as URLs of Apprise."
    kinds: ClassVar[frozenset[str]] = frozenset({"apprise"})

    def check_to(self, to: str) -> str:
        if to.strip():
            raise ValueError("the connection says whom it tells; leave the address out")
        return ""

    def deliver(self, notice: Notice, call: ActionCall) -> Receipt:
        opened = call.connections.open(notice.connection, kinds=self.kinds)
        urls: list[str] = opened.secrets.urls
        _check(urls)
        body = f"{notice.text}\n\n{notice.link}" if notice.link else notice.text
        told = apprise_services.tell(
            urls, title=notice.subject, body=body[:MAX_CHARACTERS], timeout_seconds=call.timeout_seconds
        )
        request = {"connection": opened.name, "title": notice.subject, "message": body[:MAX_CHARACTERS]}
        response = {"services": [{"service": each.service, "told": each.is_told} for each in told]}
        if all(each.is_told for each in told):
            return Receipt(request=request, response=response)
        failed = [f"{number} ({each.service})" for number, each in enumerate(told, start=1) if not each.is_told]
        text = f"{len(failed)} of {len(told)} services did not take the message: number {', '.join(failed)}"
        raise ActionFailedError("apprise_failed", text, is_retryable=False, request=request, response=response)


def _check(urls: list[str]) -> None:
    """Again: since it was stored, an operator may have taken a scheme from the list."""
    try:
        for number, url in enumerate(urls, start=1):
            apprise.check_url(url, number=number)
    except ValueError as error:
        raise ActionFailedError("apprise_refused", str(error), is_retryable=False) from None


register(Apprise())
