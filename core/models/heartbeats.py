"""That a process was at work a moment ago."""

from django.db import models


class Heartbeat(models.Model):
    """The last sign of life of a worker, or of beat. Of no workspace: written by `services.heartbeats`, every some
    seconds, and forgotten a day after the last one."""

    name = models.CharField(max_length=255, primary_key=True, help_text="`beat`, or the name of a worker")
    at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
