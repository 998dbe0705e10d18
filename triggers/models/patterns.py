"""Conditions on events with a name, which triggers of any workflows share (Pattern)."""

from django.db import models
from django.db.models.functions import Lower

from core.models import WorkspaceRow


class Pattern(WorkspaceRow):
    """What has to happen, under a name: a trigger of the type `pattern` that names it fires for that.

    `type`, `params`, `filters` and `conditions` are those of a trigger, the last two in canonical form; `event_type` is
    what they listen to. Who names it listens to a copy (`services.patterns`), which follows every change.
    """

    name = models.CharField(max_length=200)
    description = models.CharField(max_length=2000, blank=True)
    type = models.CharField(max_length=200)
    params = models.JSONField(default=dict)
    filters = models.JSONField(default=dict)
    conditions = models.JSONField(null=True)
    event_type = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    revision = models.PositiveIntegerField(default=1)
    edited_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint("workspace", Lower("name"), name="pattern_name_once")]
        indexes = [models.Index(fields=["workspace", "-id"], name="pattern_newest")]

    def __str__(self) -> str:
        return self.name
