"""`sms`: a text message to a phone, through an account at Twilio."""

import re
from typing import ClassVar

from actions.base import ActionCall, ActionFailedError
from actions.channels import posting
from actions.channels.base import Channel, Notice, Receipt
from actions.channels.registry import register
from actions.connections.types.twilio import E164

MAX_CHARACTERS = 1600  # Source: Twilio's limit of Body
_SEPARATORS = re.compile(r"[\s().-]")


class Sms(Channel):
    """Twilio recognises no message that comes twice, so a failure that leaves a doubt is never tried again."""

    key = "sms"
    title = "Text message"
    description = "A text message to a phone number."
    aliases: ClassVar[tuple[str, ...]] = ("text_message",)
    kinds: ClassVar[frozenset[str]] = frozenset({"twilio"})

    def check_to(self, to: str) -> str:
        number = _SEPARATORS.sub("", to)
        if not number.isascii() or not re.fullmatch(E164, number):
            raise ValueError(f"{to[:40]!r} is not a phone number; expected +, the country and the number: +31612345678")
        return number

    def deliver(self, notice: Notice, call: ActionCall) -> Receipt:
        opened = call.connections.open(notice.connection, kinds=self.kinds)
        text = f"{notice.text}\n{notice.link}" if notice.link else notice.text
        sender = "MessagingServiceSid" if opened.settings.from_number.startswith("MG") else "From"
        fields = {"To": _checked(self, notice.to), sender: opened.settings.from_number, "Body": text[:MAX_CHARACTERS]}
        request = posting.form_post(opened, "/Messages.json", fields)
        response = posting.send(request, call, may_repeat=False)
        sid = str(posting.answer(response).get("sid", ""))[:100]
        return posting.receipt(request, response, call, id=sid)


def _checked(channel: Channel, to: str) -> str:
    try:
        return channel.check_to(to)
    except ValueError as error:
        raise ActionFailedError("invalid_recipient", str(error), is_retryable=False) from None


register(Sms())
