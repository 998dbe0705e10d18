"""The rows of `triggers`, a module for each of its questions."""

from triggers.models.decisions import Decision, Firing, Snapshot, Tally
from triggers.models.detecting import TriggerState
from triggers.models.event_types import EventType, Validation
from triggers.models.events import Event
from triggers.models.hooks import Hook
from triggers.models.listening import Catalogue, Subscription, Trigger
from triggers.models.patterns import Pattern
from triggers.models.query_watches import QueryWatch
from triggers.models.schedules import Schedule, Tick
from triggers.models.table_changes import TableChange
from triggers.models.usage import EventDay
from triggers.models.waits import Wait

__all__ = [
    "Catalogue",
    "Decision",
    "Event",
    "EventDay",
    "EventType",
    "Firing",
    "Hook",
    "Pattern",
    "QueryWatch",
    "Schedule",
    "Snapshot",
    "Subscription",
    "TableChange",
    "Tally",
    "Tick",
    "Trigger",
    "TriggerState",
    "Validation",
    "Wait",
]
