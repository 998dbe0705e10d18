"""`in_app`: a message in the inbox that members have inside the product."""

from typing import ClassVar

from actions import inbox
from actions.base import ActionCall, ActionFailedError
from actions.channels.base import Channel, Notice, Receipt
from actions.channels.registry import register
from actions.inbox import Letter


class InApp(Channel):
    """Stored once under one idempotency key for each member who is meant."""

    key = "in_app"
    title = "Inbox"
    description = "A message in the inbox of members of the workspace."
    aliases: ClassVar[tuple[str, ...]] = ("inbox",)
    may_repeat = True

    def check_to(self, to: str) -> str:
        return inbox.check_recipient(to)

    def deliver(self, notice: Notice, call: ActionCall) -> Receipt:
        try:
            to, link = inbox.check_recipient(notice.to), inbox.check_link(notice.link)
        except ValueError as error:
            raise ActionFailedError("invalid_recipient", str(error), is_retryable=False) from None
        letter = Letter(
            to=to,
            title=notice.subject,
            message=notice.text,
            link=link,
            kind=self.key,
            delivery_key=call.idempotency_key,
            run_id=call.run_id,
        )
        ids = [str(pk) for pk in inbox.put(letter)]
        seen = {"to": to, "title": notice.subject, "message": notice.text, "link": link}
        return Receipt(id=ids[0] if ids else "", request=seen, response={"items": len(ids)})


register(InApp())
