"""What could not be done, and waits for a person: the rows behind the broker's dead-letter queues."""

from django.db import models
from django.db.models import Q

from core.models.tenants import Row, Workspace
from core.tenancy import ScopedManager


class LetterKind(models.TextChoices):
    """What could not be done."""

    EVENT = "event", "Event: nobody could decide what it starts"
    ACTION = "action", "Action: its run failed by it"
    MESSAGE = "message", "Message: no worker could take it"


class LetterStatus(models.TextChoices):
    """What was done about it."""

    OPEN = "open", "Open"
    REDRIVING = "redriving", "To be tried again at its time"
    REDRIVEN = "redriven", "Tried again"
    DISCARDED = "discarded", "Discarded"


class DeadLetter(Row):
    """An event, an action or a message that was given up.

    `source_id` is the event, the action's row (of a run that took too long: the run), or the identity of the message;
    there is one letter for it that nobody has dealt with. A message that cannot be read belongs to no workspace: no
    tenant sees it. `payload` is redacted, and cut; events and runs keep theirs, so their letters refer to them.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False, null=True)
    kind = models.CharField(max_length=16, choices=LetterKind)
    source_id = models.UUIDField()
    workflow_id = models.UUIDField(null=True, help_text="Of an action")
    run_id = models.UUIDField(null=True, help_text="Of an action")
    queue = models.CharField(max_length=255, blank=True, help_text="In which its message was")
    task = models.CharField(max_length=255, blank=True, help_text="Which its message was for; of an action, its key")
    code = models.CharField(max_length=100, help_text="Why, in a word")
    message = models.CharField(max_length=2000, help_text="Why, in words")
    attempts = models.PositiveIntegerField(default=0)
    payload = models.JSONField(null=True)
    status = models.CharField(max_length=16, choices=LetterStatus, default=LetterStatus.OPEN.value)
    reason = models.CharField(max_length=2000, blank=True, help_text="What was said when it was dealt with")
    resolved_by = models.CharField(max_length=200, blank=True)
    resolved_at = models.DateTimeField(null=True)
    redrive_at = models.DateTimeField(null=True, help_text="When it is to be tried again")
    created_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source_id"],
                condition=Q(status__in=["open", "redriving"]),
                name="dead_letter_open_once",
            ),
            models.UniqueConstraint(fields=["source_id"], condition=Q(kind="message"), name="dead_message_once"),
        ]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="dead_letter_newest"),
            models.Index(fields=["workspace", "kind", "-id"], name="dead_letter_of_kind"),
            models.Index(fields=["workspace", "status", "-id"], name="dead_letter_of_status"),
            models.Index(fields=["kind", "source_id"], name="dead_letter_of_source"),
            models.Index(fields=["workflow_id", "-id"], name="dead_letter_of_workflow"),
            models.Index(fields=["run_id"], condition=Q(run_id__isnull=False), name="dead_letter_of_run"),
            models.Index(fields=["workspace", "kind"], condition=Q(status="open"), name="dead_letter_open"),
            models.Index(fields=["redrive_at"], condition=Q(status="redriving"), name="dead_letter_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_id}: {self.code}"
