"""What the runs of an hour came to (RunHour), so that nobody reads them again for a statistic."""

from django.db import models
from django.db.models import Q

from core.models import WorkspaceRow
from workflows.models.workflows import Workflow


class RunHour(WorkspaceRow):
    """The runs of a workflow that began in an hour, counted. An hour without a row, or with one that is not `counted`,
    is read from the runs themselves: rows are a help, and may be deleted at any time.

    `stale`: to be counted. `claimed`: being counted; a run that changes meanwhile makes it `stale`, which the database
    sees to (`workflows.services.rollups`, and why in ADR 45). `counts`: see `workflows.selectors.run_counts`.
    """

    STATES = ("stale", "claimed", "counted")

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField(help_text="When the hour began")
    state = models.CharField(max_length=8, choices=[(word, word) for word in STATES], default="stale")
    counts = models.JSONField(default=dict)
    is_late = models.BooleanField(default=False, help_text="Whether a change made it, before the sweep had come to it")

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["workflow", "at"], name="run_hour_once")]
        indexes = [
            models.Index(fields=["workspace", "at"], name="run_hour_of_workspace"),
            models.Index(fields=["at"], condition=~Q(state="counted"), name="run_hour_to_count"),
            models.Index(fields=["-at"], condition=Q(is_late=False), name="run_hour_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow_id} at {self.at}: {self.state}"
