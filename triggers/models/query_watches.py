"""The queries of triggers of the type `sql`, and what they found (QueryWatch)."""

from django.db import models
from django.db.models import Q

from core.models import WorkspaceRow
from triggers.models.listening import Trigger


class QueryWatch(WorkspaceRow):
    """A query that is asked again and again for a trigger. Written by publishing, and by whoever asked it.

    `params` are the trigger's, or those of the pattern that it names. It is due at `next_run_at`, empty while it is not
    active; who takes a message about it before `claimed_until` has it. `met` are the digests of the keys of the rows
    that were there last, newest last. `failures` counts those in a row, `error` is of the last try: {code, message}.
    """

    trigger = models.OneToOneField(Trigger, on_delete=models.CASCADE, related_name="watch")
    params = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
    next_run_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True, editable=False)
    last_run_at = models.DateTimeField(null=True, help_text="When its last answer was asked for")
    rows = models.PositiveIntegerField(null=True, help_text="Of the last answer, as far as they are looked at")
    met = models.JSONField(default=list)
    warnings = models.JSONField(default=list, help_text="About the last answer: [{code, message}]")
    error = models.JSONField(null=True, help_text="Why the last try has no answer: {code, message}")
    failures = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "query watches"
        ordering = ["-id"]
        indexes = [models.Index(fields=["next_run_at"], condition=Q(is_active=True), name="query_watch_due")]

    def __str__(self) -> str:
        return f"query of {self.trigger}"
