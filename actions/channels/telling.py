"""What actions that go through a channel share: check the address, hand over, and count."""

from dataclasses import replace

from actions.base import ActionCall, ActionFailedError
from actions.channels.base import Channel, Notice, Receipt
from actions.channels.registry import channels


def find(key: str) -> Channel:
    """The channel of this key. Raises `ActionFailedError` (unknown_channel) for one that is not installed."""
    found = channels.find(key)
    if found is None:
        text = f"there is no channel {key[:40]!r}; there are {', '.join(sorted(channels.keys()))}"
        raise ActionFailedError("unknown_channel", text, is_retryable=False)
    return found


def tell(key: str, notice: Notice, call: ActionCall) -> Receipt:
    """Hand the notice over through a channel, its address checked before.

    Raises `ActionFailedError`: invalid_recipient for an address that is none of the channel, unknown_channel, and what
    the channel raises.
    """
    channel = find(key)
    try:
        to = channel.check_to(notice.to)
    except ValueError as error:
        raise ActionFailedError("invalid_recipient", str(error), is_retryable=False) from None
    return channel.deliver(replace(notice, to=to), call)
