"""The rows of `actions`, a module for each of its questions."""

from actions.models.connections import Connection
from actions.models.outbound_hosts import OutboundHost

__all__ = ["Connection", "OutboundHost"]
from actions.models.connectors import Connector

__all__ = ["Connection", "Connector"]
from actions.models.key_values import KeyValue, KeyValueChange

__all__ = ["Connection", "KeyValue", "KeyValueChange"]
from actions.models.inbox import InboxItem
from actions.models.messages import MessageTemplate, MessageTemplateVersion

__all__ = ["Connection", "InboxItem", "MessageTemplate", "MessageTemplateVersion"]
from actions.models.records import Export, Note, RecordedEffect, Rotation, Tag, Task

__all__ = ["Connection", "Export", "Note", "RecordedEffect", "Rotation", "Tag", "Task"]
