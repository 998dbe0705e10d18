"""What types of events there are (EventType), and whether their data is held to it."""

from django.db import models

from core.models import WorkspaceRow


class Validation(models.TextChoices):
    """What becomes of an event whose data does not fit the schema of its type."""

    OFF = "off", "Off: accepted"
    WARN = "warn", "Warn: accepted, and the answer and the event say what does not fit"
    ENFORCE = "enforce", "Enforce: refused"


class EventType(WorkspaceRow):
    """A type of events that somebody has described. Events of other types are accepted all the same.

    `version` grows with every change: by it each process knows that the schema it has compiled is the old one.
    """

    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    producer = models.CharField(max_length=200, blank=True, help_text="Who sends it")
    labels = models.JSONField(default=list, help_text="Words that go with it, such as what a detector can find")
    schema = models.JSONField(null=True, help_text="JSON Schema of the data; 2020-12 unless it says otherwise")
    sample = models.JSONField(null=True, help_text="Data of such an event")
    validation = models.CharField(max_length=8, choices=Validation, default=Validation.OFF)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="event_type_once")]

    def __str__(self) -> str:
        return self.name
