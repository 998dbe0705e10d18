"""`webhook`: a signed message to a URL, for programs of the people who are told."""

from datetime import UTC, datetime
from typing import ClassVar

from actions import outbound
from actions.base import ActionCall, ActionFailedError
from actions.channels import posting
from actions.channels.base import Channel, Notice, Receipt
from actions.channels.registry import register
from actions.outbound import OutboundRequest, preparing
from core import signing


class Webhook(Channel):
    """Signed as Standard Webhooks says; a receiver knows a second one by its `webhook-id`."""

    key = "webhook"
    title = "Webhook"
    description = "A signed message to a URL."
    kinds: ClassVar[frozenset[str]] = frozenset({"webhook"})
    may_repeat = True

    def check_to(self, to: str) -> str:
        wanted = to.strip()
        if wanted:
            try:
                preparing.check_url(wanted)
            except ActionFailedError as error:
                raise ValueError(error.message) from None
        return wanted

    def deliver(self, notice: Notice, call: ActionCall) -> Receipt:
        opened = call.connections.open(notice.connection, kinds=self.kinds)
        url = notice.to or opened.settings.url
        if not url:
            text = f"no URL is said, and the connection {opened.name!r} has none in its settings"
            raise ActionFailedError("invalid_recipient", text, is_retryable=False)
        now = datetime.now(UTC)
        message = {"title": notice.subject, "message": notice.text, "link": notice.link, "run_id": str(call.run_id)}
        body = outbound.json_bytes({"type": "notification", "timestamp": now.isoformat(), "data": message})
        signed = signing.sign(body, secret=opened.secrets.signing_secret, message_id=call.idempotency_key, sent_at=now)
        headers = {"content-type": "application/json", "idempotency-key": call.idempotency_key, **signed}
        request = OutboundRequest("POST", url, headers=headers, body=body, is_body_wanted=False)
        response = posting.send(request, call, may_repeat=True)
        return posting.receipt(request, response, call, id=call.idempotency_key)


register(Webhook())
