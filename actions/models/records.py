"""What actions write about records of a workspace: notes, tasks and tags where a project has no table of its own for
them, files of exports, and what was done already under which idempotency key.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.models import WorkspaceRow


class OfRecord(WorkspaceRow):
    """Base of what is about a record: an entity's name and a primary key, both as text."""

    entity_type = models.CharField(max_length=100, blank=True)
    entity_id = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class Visibility(models.TextChoices):
    """Who is meant to read a note."""

    INTERNAL = "internal"
    PUBLIC = "public"


class Note(OfRecord):
    """Something that was said about a record."""

    text = models.TextField()
    visibility = models.CharField(max_length=16, choices=Visibility, default=Visibility.INTERNAL)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["workspace", "entity_type", "entity_id", "-id"], name="note_of_record")]

    def __str__(self) -> str:
        return self.text[:60]


class Priority(models.TextChoices):
    """How much a task matters."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Task(OfRecord):
    """Something that a person is to do. `due_at` is the end of the day for a task that is due on a date."""

    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    priority = models.CharField(max_length=16, choices=Priority, default=Priority.NORMAL)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["workspace", "entity_type", "entity_id", "-id"], name="task_of_record"),
            models.Index(fields=["workspace", "assignee", "due_at"], condition=Q(done_at=None), name="task_open"),
        ]

    def __str__(self) -> str:
        return self.title[:60]


class Tag(OfRecord):
    """A word that a record has."""

    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "entity_type", "entity_id", "name"], name="tag_once"),
        ]
        indexes = [models.Index(fields=["workspace", "entity_type", "name"], name="tag_of_records")]

    def __str__(self) -> str:
        return self.name


class Rotation(WorkspaceRow):
    """Whose turn it is among people that take turns. `name` says for what, and who they are."""

    name = models.CharField(max_length=100)
    people = models.JSONField(default=list)
    last = models.IntegerField(default=-1, help_text="The position of the one who had the last turn")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="rotation_once")]

    def __str__(self) -> str:
        return self.name


class Export(WorkspaceRow):
    """A file of records. `path` is where it lies in the storage of exports, "" when it was only sent.

    `sending_at` without `sent_at`: it was being handed to the mail server when its worker was lost.
    """

    key = models.CharField(max_length=255)
    entity_type = models.CharField(max_length=100)
    export_type = models.CharField(max_length=16)
    rows = models.IntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    path = models.CharField(max_length=500, blank=True)
    email_to = models.JSONField(default=list)
    sending_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="export_once")]

    def __str__(self) -> str:
        return f"{self.entity_type}.{self.export_type}"
