"""What is remembered of a host that actions call, so that all workers leave it alone together."""

from django.db import models
from django.utils import timezone

from core.models import WorkspaceRow


class OutboundHost(WorkspaceRow):
    """A host that failed lately, or whose calls are counted. One without a row is well, and called as often as wanted.

    `failures` and `calls` are instants in Unix seconds. `probe_at`: from when on one call may find out whether the host
    answers again; empty while its circuit is closed. `is_probing`: that call is under way.
    """

    host = models.CharField(max_length=300, help_text="With the port where it is not the scheme's own")
    failures = models.JSONField(default=list)
    calls = models.JSONField(default=list)
    probe_at = models.FloatField(null=True)
    is_probing = models.BooleanField(default=False)
    last_failure = models.CharField(max_length=100, blank=True, help_text="The code of the last failure")
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["host"]
        constraints = [models.UniqueConstraint(fields=["workspace", "host"], name="outbound_host_once")]

    def __str__(self) -> str:
        return self.host
