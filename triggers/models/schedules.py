"""When triggers of the type `schedule` fire (Schedule), and what became of each of their times (Tick)."""

from django.db import models
from django.db.models import Q

from core.models import WorkspaceRow
from triggers.models.listening import Trigger


class Schedule(WorkspaceRow):
    """The position of a trigger in its schedule. Written by publishing, pausing and resuming its workflow.

    `params` are the trigger's with the time zone that they mean. `next_slot` is the time that comes next by them,
    `next_fire_at` when it fires (later, with jitter); both are empty when no time is left, and while it is not active.
    `last_slot` and `last_event` are of the newest time that fired, by which an overlap is seen.
    """

    trigger = models.OneToOneField(Trigger, on_delete=models.CASCADE, related_name="schedule")
    params = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
    anchor_at = models.DateTimeField(help_text="When these parameters began to hold; what every_seconds counts from")
    next_slot = models.DateTimeField(null=True)
    next_fire_at = models.DateTimeField(null=True)
    last_slot = models.DateTimeField(null=True)
    last_event = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="schedule_newest"),
            models.Index(fields=["next_fire_at"], condition=Q(is_active=True), name="schedule_due"),
        ]

    def __str__(self) -> str:
        return f"schedule of {self.trigger}"


class Tick(WorkspaceRow):
    """What became of a time of a schedule: `fired`, with the event, `missed` or `skipped`, with the reason.

    One row for each time, whoever looks at it: the second one meets the unique constraint. Times that were missed one
    after the other share a row: `slots` of them, from `scheduled_for` to `last_slot`; when `is_exact` is false, there
    were more.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="ticks", db_index=False)
    scheduled_for = models.DateTimeField()
    status = models.CharField(max_length=16, choices=[(word, word) for word in ("fired", "missed", "skipped")])
    reason = models.CharField(max_length=300, blank=True)
    event = models.UUIDField(null=True, editable=False, help_text="The uid of the event that was sent")
    last_slot = models.DateTimeField(null=True, help_text="The last of several times that share the row")
    slots = models.PositiveIntegerField(default=1)
    is_exact = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["schedule", "scheduled_for"], name="tick_once")]
        indexes = [models.Index(fields=["schedule", "-id"], name="tick_newest")]

    def __str__(self) -> str:
        return f"{self.scheduled_for} {self.status}"
