"""`slack`: a message in a channel of Slack."""

import re
from typing import Any, ClassVar

from actions.base import ActionCall, ActionFailedError
from actions.channels import posting
from actions.channels.base import Channel, Notice, Receipt
from actions.channels.registry import register
from actions.connections.base import Opened
from actions.outbound import OutboundRequest, OutboundResponse

MAX_CHARACTERS = 40_000  # Source: Slack cuts longer texts
_CHANNEL = re.compile(r"#?[^\s#<>@|]{1,80}")
_PASSING = frozenset({"ratelimited", "rate_limited", "service_unavailable", "internal_error", "fatal_error"})


class Slack(Channel):
    """Slack recognises no message that comes twice. What people wrote is text there, no mention and no markup."""

    key = "slack"
    title = "Slack"
    description = "A message in a channel of Slack."
    kinds: ClassVar[frozenset[str]] = frozenset({"slack"})

    def check_to(self, to: str) -> str:
        wanted = to.strip()
        if wanted and not _CHANNEL.fullmatch(wanted):
            raise ValueError(f"{to[:40]!r} is not a channel of Slack; expected #general or an id; empty: the default")
        return wanted

    def deliver(self, notice: Notice, call: ActionCall) -> Receipt:
        parts = [f"*{escaped(notice.subject)}*" if notice.subject else "", escaped(notice.text), escaped(notice.link)]
        return post("\n".join(part for part in parts if part), to=notice.to, connection=notice.connection, call=call)


def post(
    text: str, *, to: str, connection: str | None, call: ActionCall, blocks: list[dict[str, Any]] | None = None
) -> Receipt:
    """Write the text, in Slack's markup, into a channel; `to` is empty for that of the connection.

    Raises `ActionFailedError`: slack_refused for what Slack has against it.
    """
    opened = call.connections.open(connection, kinds=Slack.kinds)
    body: dict[str, Any] = {"text": text[:MAX_CHARACTERS]} | ({"blocks": blocks} if blocks else {})
    request = _request(opened, body, to=to)
    response = posting.send(request, call, may_repeat=False)
    if opened.secrets.bot_token:
        _refuse_errors(response, request, call)
    return posting.receipt(request, response, call, id=str(posting.answer(response).get("ts", ""))[:100])


def escaped(text: str) -> str:
    """Text that Slack shows as it is. Source: Slack, "Escaping text"."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def without_mentions(text: str) -> str:
    """Slack's markup without `<!channel>`, `<!here>` and the like, which call everybody."""
    return text.replace("<!", "&lt;!")


def _request(opened: Opened[Any, Any], body: dict[str, Any], *, to: str) -> OutboundRequest:
    if opened.secrets.webhook_url:
        if to and to != opened.settings.channel:
            text = f"the webhook of the connection {opened.name!r} writes into its own channel only; leave `to` out"
            raise ActionFailedError("invalid_recipient", text, is_retryable=False)
        return posting.json_post(opened, "", body)
    channel = to or opened.settings.channel
    if not channel:
        text = f"no channel is said, and the connection {opened.name!r} has none in its settings"
        raise ActionFailedError("invalid_recipient", text, is_retryable=False)
    return posting.json_post(opened, "/chat.postMessage", {"channel": channel, **body})


def _refuse_errors(response: OutboundResponse, request: OutboundRequest, call: ActionCall) -> None:
    """Slack's API says that it refuses in the body of a 200."""
    found = posting.answer(response)
    if found.get("ok") is True:
        return
    said = call.redactor.clean_text(str(found.get("error", "nothing readable")))[:100]
    raise ActionFailedError(
        "slack_refused",
        f"Slack did not take the message: {said}",
        is_retryable=said in _PASSING,
        request=posting.shown(request, call),
        response=response.as_json(call.redactor),
    )


register(Slack())
