"""What events wait in for a run that they will have together."""

from django.db import models
from django.db.models import Q

from core.models import WorkspaceRow
from triggers.models import Trigger
from workflows.models.runs import Run
from workflows.models.workflows import Workflow, WorkflowVersion


class Gathering(WorkspaceRow):
    """Events of a workflow that wait under one key of a control (`debounce`, `batch`) and become one run, or none.

    `is_open` while more may come; one that is full, or due, takes no more. `due_at` is when it is closed, at the
    earliest, and empty once it was: then `run` is what it became, if anything. `latest_at` is what `due_at` never goes
    beyond. `version` and `trigger` are those of `last_event`. `key` is a digest of `label`, the whole text of the key.

    Concurrency: whoever changes one holds the `FlowState` row of its control and key, adding to it (the gate) or
    closing it (`services.flow.closing`). The pending decisions have its id in `gathering`, and so have the firings.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="gatherings", db_index=False)
    version = models.ForeignKey(WorkflowVersion, on_delete=models.CASCADE, related_name="+", db_index=False)
    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="+", db_index=False)
    control = models.CharField(max_length=32)
    key = models.CharField(max_length=64)
    label = models.TextField(blank=True)
    last_event = models.UUIDField(editable=False)
    count = models.PositiveIntegerField(default=0)
    max_events = models.PositiveIntegerField(null=True, help_text="Of a batch: with so many it is full")
    size_bytes = models.PositiveBigIntegerField(default=0, help_text="Of a batch: its events as compact JSON")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    latest_at = models.DateTimeField(null=True)
    is_open = models.BooleanField(default=True, db_default=True)
    closed_at = models.DateTimeField(null=True)
    run = models.OneToOneField(Run, on_delete=models.SET_NULL, null=True, related_name="gathering")
    failures = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="Tries to close it that failed")
    last_failure = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "control", "key"], condition=Q(is_open=True), name="gathering_open_once"
            )
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="gathering_due"),
            models.Index(fields=["workflow", "-id"], name="gathering_of_workflow"),
        ]

    def __str__(self) -> str:
        return f"{self.control} {self.label[:100]}".strip()
