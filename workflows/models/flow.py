"""What flow control counts, and what circuit breakers have still to count."""

from django.db import models
from django.db.models import Q

from core.models import WorkspaceRow
from workflows.models.runs import Run
from workflows.models.workflows import Workflow


class FlowState(WorkspaceRow):
    """What one control of a workflow (None: of the workspace) counts under one key. Locked while it is asked.

    `key` is a digest of the key's text, `label` its beginning, for people. What is over at `expires_at` is deleted.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    control = models.CharField(max_length=32)
    key = models.CharField(max_length=64)
    label = models.CharField(max_length=200, blank=True)
    state = models.JSONField(default=dict)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "workflow", "control", "key"], nulls_distinct=False, name="flow_state_once"
            )
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(expires_at__isnull=False), name="flow_state_over"),
            models.Index(fields=["workspace"], condition=Q(control="circuit"), name="flow_state_circuit"),
        ]

    def __str__(self) -> str:
        return f"{self.control} {self.label}".strip()


class CircuitMark(WorkspaceRow):
    """That a run failed, or that a probe ended: written when it ends, gone when the circuit breaker has counted it.

    Writing one locks nothing, so runs that fail at once do not wait for each other.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["workflow", "id"], name="circuit_mark_of_workflow")]

    def __str__(self) -> str:
        return f"{self.run_id} at {self.at}"
