"""How much of its quota a workspace has used."""

from django.db import models

from core.models import WorkspaceRow


class EventDay(WorkspaceRow):
    """How many events were accepted over HTTP on a day in UTC, where the workspace has a `max_events_per_day`."""

    on = models.DateField()
    accepted = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-on"]
        constraints = [models.UniqueConstraint(fields=["workspace", "on"], name="event_day_once")]

    def __str__(self) -> str:
        return f"{self.on}: {self.accepted}"
