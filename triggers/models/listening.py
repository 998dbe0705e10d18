"""What listens (Trigger), and when it did (Subscription, Catalogue)."""

from django.db import models
from django.db.models import Q

from core.models import WorkspaceRow


class Trigger(WorkspaceRow):
    """One way in which a workflow starts. Written by publishing a workflow; `key` keeps its identity over versions.

    `version` is the one whose predicates stand here, and so the one that a firing starts; empty for one that was added
    to the draft through `triggers/` and waits to be published: what it says stands in the draft alone. `filters`
    are predicates over the event's data, `conditions` over all names; both in canonical form. `is_enabled` is its own
    switch; `is_active` says that it listens: its workflow is active, and it is enabled.
    """

    workflow = models.ForeignKey(
        "workflows.Workflow", on_delete=models.CASCADE, related_name="triggers", db_index=False
    )
    version = models.ForeignKey("workflows.WorkflowVersion", on_delete=models.CASCADE, null=True, related_name="+")
    key = models.CharField(max_length=100)
    type = models.CharField(max_length=100, help_text="The trigger type, e.g. event")
    params = models.JSONField(default=dict, db_default={})
    event_type = models.CharField(
        max_length=200, blank=True, help_text="The event type it listens to; may hold * and **. Empty: only its own"
    )
    filters = models.JSONField(default=dict)
    conditions = models.JSONField(null=True)
    is_enabled = models.BooleanField(default=True, db_default=True)
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
            models.Index(fields=["workspace"], condition=Q(type="pattern"), name="trigger_of_pattern"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow}: {self.key} ({self.event_type or self.type})"


class Catalogue(WorkspaceRow):
    """How often what listens in a workspace has changed. Who has read its subscriptions knows by it what is new."""

    generation = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="catalogue_once")]

    def __str__(self) -> str:
        return f"{self.workspace_id} at {self.generation}"


class Subscription(WorkspaceRow):
    """A period in which a trigger listened with the predicates of one version: the generations `since` <= g < `until`.

    Never changed but for its end, so that every decision can be explained for as long as its event is kept. `until` is
    empty while it lasts; `ended_by` says why it ended: `paused`, `archived`, `disabled`, `replaced`, `pattern`.
    """

    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="subscriptions", db_index=False)
    workflow_id = models.UUIDField(editable=False)
    version = models.ForeignKey("workflows.WorkflowVersion", on_delete=models.CASCADE, related_name="+")
    event_type = models.CharField(max_length=200, blank=True)
    filters = models.JSONField(default=dict)
    conditions = models.JSONField(null=True)
    detector = models.JSONField(null=True, help_text="What counts the events: {type, params}; null: each fires")
    since = models.BigIntegerField()
    until = models.BigIntegerField(null=True)
    ended_by = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(fields=["trigger"], condition=Q(until=None), name="subscription_once"),
        ]
        indexes = [
            models.Index(fields=["trigger", "-since"], name="subscription_of"),
            models.Index(fields=["workspace"], condition=Q(until=None), name="subscription_now"),
            models.Index(fields=["workspace", "since"], name="subscription_since"),
            models.Index(fields=["workspace", "until"], condition=Q(until__isnull=False), name="subscription_until"),
        ]

    def __str__(self) -> str:
        return f"{self.trigger_id} from {self.since}"
