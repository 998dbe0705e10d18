"""Which actions have had their effect on the database."""

from django.db import models

from core.models import WorkspaceRow


class RecordedEffect(WorkspaceRow):
    """That an action's effect is in the database, stored together with it: the next attempt gives `result` again.

    `digest` is the SHA-256 of the action's idempotency key.
    """

    digest = models.CharField(max_length=64)
    action_type = models.CharField(max_length=100)
    result = models.JSONField(default=dict)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "digest"], name="recorded_effect_once")]
        indexes = [models.Index(fields=["made_at"], name="recorded_effect_made")]

    def __str__(self) -> str:
        return f"{self.action_type} {self.digest[:12]}"
