"""The URL of a webhook's trigger."""

import secrets

from django.db import models

from core.models import WorkspaceRow
from triggers.models.listening import Trigger

PUBLIC_ID_BYTES = 24  # 192 bits: nobody guesses it


def new_public_id() -> str:
    """A random part of a URL, of 32 letters, digits, - and _."""
    return secrets.token_urlsafe(PUBLIC_ID_BYTES)


class Hook(WorkspaceRow):
    """Where requests for a trigger arrive, the same over all versions of its workflow.

    The counts are for people, and written after the event: whatever is right or wrong never depends on them.
    """

    trigger = models.OneToOneField(Trigger, on_delete=models.CASCADE, related_name="hook")
    public_id = models.CharField(max_length=64, unique=True, default=new_public_id)
    created_at = models.DateTimeField(auto_now_add=True)
    rotated_at = models.DateTimeField(null=True, help_text="When it last got another URL")
    last_received_at = models.DateTimeField(null=True, help_text="When a request was last accepted")
    accepted = models.BigIntegerField(default=0, help_text="Requests that became events")
    duplicates = models.BigIntegerField(default=0, help_text="Requests that had been accepted before")
    refused = models.BigIntegerField(default=0)
    last_refused_at = models.DateTimeField(null=True)
    last_refusal = models.CharField(max_length=500, blank=True, help_text="Why; the sender is not told")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"webhook of {self.trigger}"
