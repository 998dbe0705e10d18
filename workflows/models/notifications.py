"""Who was told of what."""

from django.db import models
from django.db.models import Q

from core.models import WorkspaceRow
from workflows.engine.notices import DeliveryStatus, NotifyOn
from workflows.models import words
from workflows.models.runs import ActionRun, Run
from workflows.models.workflows import Workflow


class NotificationDelivery(WorkspaceRow):
    """One message to one address, because something happened to a run or to one of its actions.

    Written with the change that it tells of, once: `occurrence` is the number of the try and of the times that it
    was taken up again, `place` that of the address.
    `attempt` is the fence of the tries to send it, kept in `attempts`. `due_at` is set only while it waits for its
    time, `hinted_at` while it waits for a worker, `lease_until` while one holds it, and `is_handed_over` once the
    channel may have the message. A digest is of many runs, so of none; rows that went out in it name it in `digest`.
    `group_until` ends the time in which others of its `group_key` are gathered.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="notifications", db_index=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, related_name="notifications", db_index=False)
    action_run = models.ForeignKey(
        ActionRun, on_delete=models.CASCADE, null=True, related_name="notifications", db_index=False
    )
    policy = models.CharField(max_length=201, help_text="<action>/<id of the policy>, or its id alone: of the workflow")
    trigger = models.CharField(max_length=32, choices=words.choices(NotifyOn))
    occurrence = models.PositiveIntegerField(default=0)
    place = models.PositiveIntegerField(default=0)
    channel = models.CharField(max_length=100)
    connection = models.CharField(max_length=100, blank=True)
    about = models.JSONField(default=dict, help_text="What it was when it happened: {status, attempt, error}")
    to = models.CharField(max_length=1000, blank=True, help_text="Empty until it is filled in")
    subject = models.TextField(blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    status = models.CharField(
        max_length=16, choices=words.choices(DeliveryStatus), default=DeliveryStatus.PENDING.value
    )
    attempt = models.PositiveIntegerField(default=0)
    attempts = models.JSONField(default=list, help_text="[{number, outcome, started_at, finished_at, ...}]")
    error = models.JSONField(null=True, help_text="{code, message}")
    is_handed_over = models.BooleanField(default=False)
    is_digest = models.BooleanField(default=False)
    digest = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="gathered", db_index=False)
    group_key = models.CharField(max_length=64, blank=True)
    group_until = models.DateTimeField(null=True)
    replay_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="replays", db_index=False)
    replayed_by = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField(null=True)
    hinted_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "notification"
        verbose_name_plural = "notifications"
        constraints = [
            models.UniqueConstraint(
                fields=["run", "action_run", "policy", "trigger", "occurrence", "place"],
                condition=Q(is_digest=False, replayed_by=""),
                nulls_distinct=False,
                name="notification_once",
            ),
            words.only("status", DeliveryStatus, name="notification_status_known"),
        ]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="notification_newest"),
            models.Index(fields=["workspace", "status", "-id"], name="notification_by_status"),
            models.Index(fields=["run", "id"], name="notification_of_run"),
            models.Index(fields=["workflow", "-id"], name="notification_of_workflow"),
            models.Index(fields=["action_run"], condition=Q(action_run__isnull=False), name="notification_of_action"),
            models.Index(
                fields=["group_key", "group_until"], condition=Q(group_until__isnull=False), name="notification_group"
            ),
            models.Index(fields=["digest"], condition=Q(digest__isnull=False), name="notification_gathered"),
            models.Index(fields=["replay_of"], condition=Q(replay_of__isnull=False), name="notification_replays"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="notification_due"),
            models.Index(fields=["hinted_at"], condition=Q(hinted_at__isnull=False), name="notification_queued"),
            models.Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="notification_leased"),
        ]

    def __str__(self) -> str:
        return f"{self.trigger} over {self.channel} ({self.status})"
