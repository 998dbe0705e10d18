"""The channels that exist in this process."""

from actions.channels.base import Channel
from core.registry import Registry

channels: Registry[Channel] = Registry("channel")


def register(channel: Channel) -> Channel:
    """Make a channel known under its key and its aliases. Raises `AlreadyRegisteredError` for a taken name."""
    for name in (channel.key, *channel.aliases):
        channels.register(name, channel)
    return channel
