"""The rows of `actions`, a module for each of its questions."""

from actions.models.connections import Connection
from actions.models.connectors import Connector
from actions.models.effects import RecordedEffect
from actions.models.inbox import InboxItem
from actions.models.key_values import KeyValue
from actions.models.messages import MessageTemplate, MessageTemplateVersion
from actions.models.outbound_hosts import OutboundHost
from actions.models.records import Export, Note, Rotation, Tag, Task

__all__ = [
    "Connection",
    "Connector",
    "Export",
    "InboxItem",
    "KeyValue",
    "MessageTemplate",
    "MessageTemplateVersion",
    "Note",
    "OutboundHost",
    "RecordedEffect",
    "Rotation",
    "Tag",
    "Task",
]
