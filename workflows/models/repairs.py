"""One operation, done to many."""

from django.db import models
from django.db.models import Q

from core.models import WorkspaceRow
from workflows.engine.repairs import ItemStatus, RepairStatus, Target
from workflows.models import words


class Repair(WorkspaceRow):
    """One operation on many runs or notifications: which, by whom, why, how fast, and how far it is.

    Its items are made with it, from one look at the database, so what comes later is not among them. `tokens` and
    `filled_at` are the bucket of its pace (`engine/repairs.py`). `due_at` is set while it goes on: when somebody has to
    look at it next; a worker that has it (`held_by`) pushes that off, and has lost it to the next one after that.
    `forgiven` failures were there when a person let it go on after it had stopped.
    """

    target = models.CharField(max_length=16, choices=words.choices(Target))
    operation = models.CharField(max_length=32)
    filter = models.JSONField(default=dict, help_text="As it was asked for")
    options = models.JSONField(default=dict)
    reason = models.CharField(max_length=1000, blank=True)
    requested_by = models.CharField(max_length=200)
    idempotency_key = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=16, choices=words.choices(RepairStatus), default=RepairStatus.PENDING.value)
    status_reason = models.CharField(max_length=2000, blank=True, help_text="Why it was paused, stopped or cancelled")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    forgiven = models.PositiveIntegerField(default=0)
    per_second = models.FloatField()
    max_errors = models.PositiveIntegerField()
    tokens = models.FloatField(default=1.0)
    filled_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    held_by = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            words.only("status", RepairStatus, name="repair_status_known"),
            models.UniqueConstraint(
                fields=["workspace", "idempotency_key"], condition=~Q(idempotency_key=""), name="repair_once"
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="repair_newest"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="repair_due"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.total} {self.target}s ({self.status})"

    @property
    def pending(self) -> int:
        """How many items are left."""
        return self.total - self.done - self.failed - self.skipped


class RepairItem(WorkspaceRow):
    """One run or notification of a repair. `result_id` is what came of it: a new run, or a new notification.

    It leaves `pending` in the transaction of what was done to its target, so neither is ever there without the other.
    """

    repair = models.ForeignKey(Repair, on_delete=models.CASCADE, related_name="items", db_index=False)
    target_id = models.UUIDField()
    status = models.CharField(max_length=16, choices=words.choices(ItemStatus), default=ItemStatus.PENDING.value)
    error = models.JSONField(null=True, help_text="{code, message}: why it failed or was skipped")
    result_id = models.UUIDField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            words.only("status", ItemStatus, name="repair_item_status_known"),
            models.UniqueConstraint(fields=["repair", "target_id"], name="repair_item_once"),
        ]
        indexes = [
            models.Index(fields=["repair", "status", "id"], name="repair_item_by_status"),
            models.Index(fields=["repair", "-id"], name="repair_item_newest"),
            models.Index(fields=["target_id"], name="repair_item_of_target"),
        ]

    def __str__(self) -> str:
        return f"{self.target_id} ({self.status})"
