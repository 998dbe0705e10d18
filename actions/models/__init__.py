"""The rows of `actions`, a module for each of its questions."""

from actions.models.connections import Connection
from actions.models.outbound_hosts import OutboundHost

__all__ = ["Connection", "OutboundHost"]
