"""`email`: a message to a mailbox, through the mail server of the deployment or one of the workspace's own."""

from typing import ClassVar

from actions import mail
from actions.base import ActionCall
from actions.channels.base import Channel, Notice, Receipt
from actions.channels.registry import register
from actions.mail import routes


class Email(Channel):
    """Mailboxes show a message that comes twice once, by its Message-ID; nobody promises that."""

    key = "email"
    title = "E-mail"
    description = "A message to a mailbox."
    aliases: ClassVar[tuple[str, ...]] = ("mail",)
    kinds: ClassVar[frozenset[str]] = routes.KINDS

    def check_to(self, to: str) -> str:
        return mail.check_mailbox(to)

    def deliver(self, notice: Notice, call: ActionCall) -> Receipt:
        message = mail.compose(
            to=[notice.to],
            subject=notice.subject,
            text=f"{notice.text}\n\n{notice.link}" if notice.link not in notice.text else notice.text,
            idempotency_key=call.idempotency_key,
            run_id=call.run_id,
        )
        if notice.html:
            message.attach_alternative(notice.html, "text/html")
        handed = routes.deliver(message, call, connection=notice.connection)
        seen = {"to": notice.to, "subject": message.subject, "text": message.body}
        return Receipt(id=handed.id or mail.message_id(call.idempotency_key), request=seen, response=handed.response)


register(Email())
