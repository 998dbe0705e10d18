"""What happened."""

from django.db import models
from django.db.models import Q

from core.models import WorkspaceRow


class Event(WorkspaceRow):
    """Something that happened, accepted once: a second one with the same source and id is answered with the first.

    `matched_at` is empty until all triggers have decided. Until then `hinted_at` says when a message about it was last
    published, by which the sweep finds events whose message was lost; one that has no message yet, since its workspace
    has many, has `queue_priority` instead (`core.backlogs`).

    Everybody may listen to a public event. One with an `addressee` is also for that trigger, whatever its type: a
    webhook's request, the tick of a schedule.

    `generation`, `snapshot` and `decision` say what was decided, so that it can be explained (`services.explaining`).
    `tries` counts the times that it was tried after a first one had failed, or ended its worker; with too many of them
    it is dead: `dead_at` is set, nobody tries it any more, and a dead letter tells of it (`services.failures`).
    `depth` counts the runs that led to it, `cause_run` is the last of them, and `root` the event that all began with:
    None for one that no run sent.
    """

    source = models.CharField(max_length=255)
    event_id = models.CharField(max_length=255, help_text="The sender's id, or ours when none was sent")
    type = models.CharField(max_length=200)
    subject = models.CharField(max_length=255, blank=True)
    time = models.DateTimeField(help_text="When it happened, by the sender's clock")
    data = models.JSONField(default=dict)
    request = models.JSONField(null=True, help_text="Of a webhook: {method, headers, query}")
    extensions = models.JSONField(null=True, help_text="The other attributes of a CloudEvent")
    warnings = models.JSONField(null=True, help_text="What did not fit its type: [{path, code, message}]")
    addressee = models.UUIDField(null=True, editable=False, help_text="The trigger that it is for")
    is_public = models.BooleanField(default=True, db_default=True)
    cause_run = models.UUIDField(null=True, editable=False, help_text="The run that sent it")
    root = models.UUIDField(null=True, editable=False, help_text="The event that its chain began with")
    depth = models.PositiveSmallIntegerField(default=0, db_default=0)
    received_at = models.DateTimeField()
    matched_at = models.DateTimeField(null=True, editable=False)
    hinted_at = models.DateTimeField(null=True, editable=False)
    queue_priority = models.SmallIntegerField(null=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    dead_at = models.DateTimeField(null=True, editable=False, help_text="When it was given up: nobody decides on it")
    generation = models.BigIntegerField(null=True, editable=False, help_text="Of the catalogue that decided")
    snapshot = models.ForeignKey(
        "triggers.Snapshot",
        on_delete=models.DO_NOTHING,
        null=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    decision = models.JSONField(null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "source", "event_id"], name="event_once")]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="event_newest"),
            models.Index(fields=["workspace", "type", "-id"], name="event_by_type"),
            models.Index(fields=["workspace", "event_id"], name="event_by_id"),
            models.Index(fields=["workspace", "subject", "-id"], condition=~Q(subject=""), name="event_by_subject"),
            # Of those that runs sent alone: what comes from outside writes nothing to it.
            models.Index(
                fields=["workspace", "cause_run", "-id"], condition=Q(cause_run__isnull=False), name="event_sent_by_run"
            ),
            models.Index(fields=["workspace", "hinted_at"], condition=Q(hinted_at__isnull=False), name="event_hinted"),
            models.Index(
                fields=["workspace", "-queue_priority", "id"],
                condition=Q(queue_priority__isnull=False),
                name="event_backlog",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
