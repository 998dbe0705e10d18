"""Values that workflows keep beyond their run."""

from django.db import models

from core.models import WorkspaceRow


class KeyValue(WorkspaceRow):
    """A value under a key. `version` grows with every change, also when the key was gone in between.

    One whose `expires_at` has passed is absent, whether it was swept already or not.
    """

    namespace = models.CharField(max_length=100)
    key = models.CharField(max_length=512)
    value = models.JSONField(null=True, help_text="null is a value like any other")
    version = models.BigIntegerField()
    expires_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "namespace", "key"], name="key_value_key_once")]
        indexes = [
            models.Index(
                fields=["expires_at"], name="key_value_expiring", condition=models.Q(expires_at__isnull=False)
            ),
            models.Index(fields=["workspace", "-id"], name="key_value_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.namespace}/{self.key}"[:100]
