"""Who waits for what will happen."""

from django.db import models
from django.db.models import Q

from core.models import WorkspaceRow
from triggers.models.events import Event


class Wait(WorkspaceRow):
    """Somebody above waits for an event. There until they say that they no longer do, so an event may arrive twice.

    `event` is the first one that arrived: it stays here for whoever was not looking at that moment.

    `waiter` is theirs and means nothing here. `condition` is canonical, over the names `event` and the event's data;
    its templates read nothing. `key` is one equality that it needs (`engine.keys`), empty when there is none.
    """

    waiter = models.UUIDField()
    event_type = models.CharField(max_length=200, help_text="The event type it waits for; may hold * and **")
    key = models.CharField(max_length=32, blank=True, editable=False)
    condition = models.JSONField(null=True)
    since = models.DateTimeField(help_text="When the event may have arrived at the earliest")
    event = models.ForeignKey(Event, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "waiter"], name="wait_once")]
        indexes = [
            models.Index(fields=["workspace", "event_type", "key"], name="wait_by_type"),
            models.Index(fields=["workspace"], condition=Q(event_type__contains="*"), name="wait_wild"),
        ]

    def __str__(self) -> str:
        return f"{self.waiter} for {self.event_type}"
