"""E-mail: addresses, what is written, through which server it goes, and what is known about it afterwards."""

from actions.mail.delivery import (
    MAX_RECIPIENTS,
    Mailboxes,
    check_mailbox,
    compose,
    deliver,
    message_id,
    open_and_close,
    send,
)

__all__ = [
    "MAX_RECIPIENTS",
    "Mailboxes",
    "check_mailbox",
    "compose",
    "deliver",
    "message_id",
    "open_and_close",
    "send",
]
