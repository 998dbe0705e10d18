"""What people find when they look: messages inside the product."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.models import WorkspaceRow


class InboxItem(WorkspaceRow):
    """One message for one member. `user` is empty for what the whole workspace is told, where it has no members.

    `delivery_key` says which message it is: one that is sent again under the same key is stored once for each member.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="inbox_items"
    )
    recipient = models.CharField(max_length=320, help_text="To whom it was sent, as the sender wrote it")
    kind = models.CharField(max_length=100, blank=True, help_text="What it is about, in the sender's word")
    title = models.CharField(max_length=200, blank=True)
    message = models.TextField()
    link = models.CharField(max_length=2048, blank=True)
    delivery_key = models.CharField(max_length=200)
    run_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["workspace", "user", "-id"], name="inbox_of_a_member"),
            models.Index(fields=["workspace", "user"], condition=Q(read_at=None), name="inbox_unread"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "delivery_key", "user"], name="inbox_item_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.title or self.message[:60]
