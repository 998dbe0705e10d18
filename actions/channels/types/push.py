"""`push`: a message on a phone, through a server that speaks as ntfy does."""

import re
from typing import ClassVar

from actions.base import ActionCall, ActionFailedError
from actions.channels import posting
from actions.channels.base import Channel, Notice, Receipt
from actions.channels.registry import register

MAX_TITLE_CHARACTERS = 250
MAX_TEXT_BYTES = 4096  # Source: ntfy's limit; what is longer arrives as a file
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Push(Channel):
    """The address is a topic; whoever subscribes to it is told. ntfy recognises no message that comes twice."""

    key = "push"
    title = "Push message"
    description = "A message on the phones that subscribe to a topic of ntfy."
    aliases: ClassVar[tuple[str, ...]] = ("ntfy",)
    kinds: ClassVar[frozenset[str]] = frozenset({"ntfy"})

    def check_to(self, to: str) -> str:
        if not _TOPIC.fullmatch(to.strip()):
            raise ValueError(f"{to[:40]!r} is not a topic; expected 1 to 64 letters, digits, _ and -")
        return to.strip()

    def deliver(self, notice: Notice, call: ActionCall) -> Receipt:
        opened = call.connections.open(notice.connection, kinds=self.kinds)
        topic = f"{opened.settings.topic_prefix}{notice.to}"
        if not _TOPIC.fullmatch(topic):
            text = "the topic, with the connection's prefix, is not 1 to 64 letters, digits, _ and -"
            raise ActionFailedError("invalid_recipient", text, is_retryable=False)
        body = {"topic": topic, "message": _cut(notice.text)}
        body |= {"title": notice.subject[:MAX_TITLE_CHARACTERS]} if notice.subject else {}
        body |= {"click": notice.link} if notice.link.startswith(("https://", "http://")) else {}
        request = posting.json_post(opened, "/", body)
        response = posting.send(request, call, may_repeat=False)
        return posting.receipt(request, response, call, id=str(posting.answer(response).get("id", ""))[:100])


def _cut(text: str) -> str:
    return text.encode("utf-8", "replace")[:MAX_TEXT_BYTES].decode("utf-8", "ignore")


register(Push())
