"""What triggers that count have seen so far (TriggerState)."""

from django.db import models
from django.db.models import Q

from core.models import WorkspaceRow
from triggers.models.listening import Trigger


class TriggerState(WorkspaceRow):
    """What a trigger has counted under one key. Locked while an event is decided on, and deleted after `expires_at`.

    `key` is a digest of the key's text and of the trigger's parameters: with others it begins anew. `label` is the
    beginning of the text, for people. `due_at` says when to look at it though nothing came (`services.noticing`): it is
    not deleted before that.
    """

    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="states", db_index=False)
    key = models.CharField(max_length=64)
    label = models.CharField(max_length=200, blank=True)
    state = models.JSONField(default=dict)
    expires_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trigger", "key"], name="trigger_state_once")]
        indexes = [
            models.Index(fields=["expires_at"], name="trigger_state_over"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="trigger_state_due"),
        ]

    def __str__(self) -> str:
        return f"{self.trigger_id} {self.label}".strip()
