"""What a workflow has to go on doing (WorkflowTest)."""

from django.db import models
from django.db.models.functions import Lower

from core.models import WorkspaceRow
from workflows.models.workflows import Workflow


class WorkflowTest(WorkspaceRow):
    """A test of a workflow: an event, what answers in the place of the world, and what it has to come to.

    Everything that it needs is in it: the run that it was made of may be gone. `event` are the event's columns.
    `expected` is {"status", "error", "actions": {place: {"status", "output", "would", "error"}}}, of which only what is
    named is compared, but for what stands under a path of `ignore` (JSON pointers, `*` for one level).
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="tests", db_index=False)
    name = models.CharField(max_length=200)
    event = models.JSONField(default=dict)
    trigger_key = models.CharField(max_length=100, blank=True)
    now = models.DateTimeField(help_text="When it begins, by its own clock")
    run_id = models.UUIDField(null=True, help_text="The run that it was made of")
    pins = models.JSONField(default=dict, help_text="What actions come to: {id or id[3]: output, or {error}}")
    answers = models.JSONField(default=dict, help_text="What waits are answered")
    expected = models.JSONField(default=dict)
    ignore = models.JSONField(default=list, help_text="Paths in `expected` that differ from time to time")
    created_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint("workflow", Lower("name"), name="workflow_test_once")]

    def __str__(self) -> str:
        return self.name
