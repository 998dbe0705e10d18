"""What happened (Event), what listens (Trigger), that it fired (Firing), and who waits for what will happen (Wait)."""

from django.db import models
from django.db.models import Q

from core.models import WorkspaceRow


class Event(WorkspaceRow):
    """Something that happened, accepted once: a second one with the same source and id is answered with the first.

    `matched_at` is empty until all triggers have decided. Until then `hinted_at` says when a message about it was last
    published, by which the sweep finds events whose message was lost.
    """

    source = models.CharField(max_length=255)
    event_id = models.CharField(max_length=255, help_text="The sender's id, or ours when none was sent")
    type = models.CharField(max_length=200)
    subject = models.CharField(max_length=255, blank=True)
    time = models.DateTimeField(help_text="When it happened, by the sender's clock")
    data = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    matched_at = models.DateTimeField(null=True, editable=False)
    hinted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "source", "event_id"], name="event_once")]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="event_newest"),
            models.Index(fields=["workspace", "type", "-id"], name="event_by_type"),
            models.Index(fields=["workspace", "event_id"], name="event_by_id"),
            models.Index(fields=["hinted_at"], condition=Q(hinted_at__isnull=False), name="event_unmatched"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class Trigger(WorkspaceRow):
    """One way in which a workflow starts. Written by publishing a workflow; `key` keeps its identity over versions.

    `version` is the one whose predicates stand here, and so the one that a firing starts. `filters` are predicates over
    the event's data, `conditions` over all names; both in canonical form.
    """

    workflow = models.ForeignKey(
        "workflows.Workflow", on_delete=models.CASCADE, related_name="triggers", db_index=False
    )
    version = models.ForeignKey("workflows.WorkflowVersion", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    type = models.CharField(max_length=100, help_text="The trigger type, e.g. event")
    event_type = models.CharField(max_length=200, help_text="The event type it listens to; may hold * and **")
    filters = models.JSONField(default=dict)
    conditions = models.JSONField(null=True)
    is_active = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["workflow_id", "key"]
        constraints = [models.UniqueConstraint(fields=["workflow", "key"], name="trigger_key_once")]
        indexes = [
            models.Index(fields=["workspace", "event_type"], condition=Q(is_active=True), name="trigger_active"),
            models.Index(
                fields=["workspace"], condition=Q(is_active=True, event_type__contains="*"), name="trigger_wild"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workflow}: {self.event_type}"


class Firing(WorkspaceRow):
    """A trigger fired. A run follows, exactly one: whoever comes second meets the unique constraint."""

    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="firings", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="firings")
    dedupe_key = models.CharField(max_length=255)
    fired_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["trigger", "dedupe_key"], name="firing_once")]

    def __str__(self) -> str:
        return f"{self.trigger_id} on {self.event_id}"


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
