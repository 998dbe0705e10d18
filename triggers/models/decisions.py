"""That a trigger fired (Firing), and what else became of an event (Decision, Snapshot, Tally)."""

from django.db import models
from django.db.models import Q

from core.models import WorkspaceRow
from triggers.models.events import Event
from triggers.models.listening import Subscription, Trigger


class Firing(WorkspaceRow):
    """A trigger fired. A run follows, exactly one: whoever comes second meets the unique constraint.

    Firings of a batch have one run together, which has the same `gathering`.
    """

    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="firings", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="firings")
    dedupe_key = models.CharField(max_length=255)
    fired_at = models.DateTimeField()
    gathering = models.UUIDField(
        null=True, editable=False, help_text="What it waited in: one run follows for all firings of it"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["trigger", "dedupe_key"], name="firing_once")]
        indexes = [models.Index(fields=["gathering"], condition=Q(gathering__isnull=False), name="firing_gathered")]

    def __str__(self) -> str:
        return f"{self.trigger_id} on {self.event_id}"


class Decision(WorkspaceRow):
    """That a trigger did not fire although it listened, for another reason than its predicates.

    `suppressed`: it would have fired and was held back. `failed`: its predicates could not be evaluated. `pending`: it
    waits in a `gathering` with others, which will fire once for all of them.
    """

    VERDICTS = ("suppressed", "failed", "pending")

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="decisions", db_index=False)
    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="decisions", db_index=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="+", db_index=False)
    verdict = models.CharField(max_length=16, choices=[(word, word) for word in VERDICTS])
    code = models.CharField(max_length=32, blank=True, default="", db_default="", help_text="cooldown, rate_limit, ...")
    reason = models.CharField(max_length=500)
    until = models.DateTimeField(null=True, help_text="When the reason is gone, or what is pending is decided")
    gathering = models.UUIDField(null=True, editable=False, help_text="What it waits in, or waited")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["event", "trigger"], name="decision_once")]
        indexes = [
            models.Index(fields=["trigger", "-id"], name="decision_of_trigger"),
            models.Index(fields=["gathering"], condition=Q(gathering__isnull=False), name="decision_gathered"),
        ]

    def __str__(self) -> str:
        return f"{self.trigger_id} on {self.event_id}: {self.verdict}"


class Snapshot(WorkspaceRow):
    """What a workspace said of itself when events were decided: the values of `workspace`, `vars` and its time zone."""

    digest = models.CharField(max_length=32)
    state = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "digest"], name="snapshot_once")]

    def __str__(self) -> str:
        return self.digest


class Tally(WorkspaceRow):
    """How many events were decided, by type and generation, and what they did to each trigger.

    Only ever added, in the transaction that decides, and summed up by the sweep: no two events wait for one row.
    Rows without a trigger count events (`seen`), rows with one count what became of them.
    """

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]  # a counter needs no time-ordered id
    event_type = models.CharField(max_length=200, blank=True)
    generation = models.BigIntegerField()
    trigger = models.ForeignKey(
        Trigger, on_delete=models.CASCADE, null=True, related_name="tallies", db_index=False, db_constraint=False
    )
    seen = models.BigIntegerField(default=0)
    fired = models.BigIntegerField(default=0)
    suppressed = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    pending = models.BigIntegerField(default=0, db_default=0, help_text="Taken off again when it is decided")
    last_fired_at = models.DateTimeField(null=True, help_text="Of the newest of those that fired")

    class Meta:
        verbose_name_plural = "tallies"
        indexes = [models.Index(fields=["workspace", "trigger", "event_type", "generation"], name="tally_key")]

    def __str__(self) -> str:
        return f"{self.event_type} at {self.generation}: {self.seen}"
