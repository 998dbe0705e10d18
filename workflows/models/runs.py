"""How far it is: runs, their actions, and the tries of those."""

from django.db import models
from django.db.models import Q

from core.models import WorkspaceRow
from triggers.models import Event, Firing
from workflows.engine.states import EXCEPTIONAL_RUN, ActionStatus, AttemptOutcome, RunStatus
from workflows.models import words
from workflows.models.workflows import Workflow, WorkflowVersion

# As it is written: an alias is one, too.
WEBHOOK_TYPES = ["send_webhook", "call_webhook", "webhook"]
# Tries among which those of webhooks are: with what was sent, or with what kept them from being sent.
TOLD_OF = Q(request__isnull=False) | ~Q(outcome=AttemptOutcome.COMPLETED.value)


class Run(WorkspaceRow):
    """One execution of a version. Started once: by a firing, by an action of another run, or by a run that failed.

    `outcome` is set when the end is decided while something still runs or is to be undone: nothing else starts then,
    and it becomes the status. `depth` counts the runs above it.

    `lane` names the runs that are counted together for `settings.concurrency`, `throttle` those whose starts are spread
    for `settings.throttle`. `held_at` is set while none of its actions may start: until `held_until`, or until there is
    room in its lane.

    `root` is the event that the chain of its own event began with; None when that is its own. `is_probe`: it was let
    through an open circuit breaker, to try.

    `repairs` are what people did about it, the oldest first: [{"what", "at", "by", "reason", "actions"}], the last one
    a list of ids.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="runs", db_index=False)
    version = models.ForeignKey(WorkflowVersion, on_delete=models.RESTRICT, related_name="runs")
    firing = models.OneToOneField(Firing, on_delete=models.CASCADE, null=True, related_name="run")
    parent = models.ForeignKey(
        "workflows.ActionRun",
        on_delete=models.CASCADE,
        null=True,
        related_name="child_runs",
        db_index=False,
        help_text="The action of another run that started it",
    )
    cause = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        related_name="consequences",
        db_index=False,
        help_text="The run whose failure it handles",
    )
    occasion = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Which failure of its cause it handles: how often that had been taken up"
    )
    replay_of = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        related_name="replays",
        db_index=False,
        help_text="The run that it does again",
    )
    replayed_from = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="From which action on; empty: from the start"
    )
    replay_key = models.CharField(max_length=255, blank=True, default="", db_default="", editable=False)
    depth = models.PositiveSmallIntegerField(default=0, db_default=0)
    event = models.ForeignKey(Event, on_delete=models.RESTRICT, related_name="runs")
    root = models.UUIDField(null=True, editable=False)
    is_probe = models.BooleanField(default=False, db_default=False, editable=False)
    trigger_key = models.CharField(
        max_length=100, blank=True, help_text="Which trigger of the version's definition fired"
    )
    status = models.CharField(max_length=16, choices=words.choices(RunStatus), default=RunStatus.QUEUED.value)
    variables = models.JSONField(default=dict, help_text="Set by actions; templates read run.variables.<name>")
    usage = models.JSONField(default=dict)
    output = models.JSONField(null=True, help_text="Of `stop`, or what the run above it was given")
    error = models.JSONField(null=True, help_text="{code, message, action}")
    outcome = models.CharField(max_length=16, choices=words.choices(RunStatus), null=True)
    deadline_at = models.DateTimeField(null=True, help_text="When it fails for taking too long; empty once it ended")
    lane = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    throttle = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    held_at = models.DateTimeField(null=True, help_text="Set while it may not start")
    held_until = models.DateTimeField(null=True)
    held_reason = models.CharField(max_length=500, blank=True, default="", db_default="")
    priority = models.SmallIntegerField(default=0, db_default=0, help_text="Of what waits, higher first")
    reopened = models.PositiveIntegerField(default=0, db_default=0, help_text="How often it was taken up after its end")
    stopped_at = models.DateTimeField(null=True, help_text="When it was cancelled at once")
    repairs = models.JSONField(default=list, db_default=[], help_text="What people did about it: [{what, at, by, ...}]")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            words.only("status", RunStatus, name="run_status_known"),
            models.UniqueConstraint(fields=["parent"], condition=Q(parent__isnull=False), name="run_of_action_once"),
            models.UniqueConstraint(
                fields=["cause", "occasion"], condition=Q(cause__isnull=False), name="run_of_each_failure_once"
            ),
            models.UniqueConstraint(
                fields=["replay_of", "replay_key"], condition=~Q(replay_key=""), name="run_replayed_once"
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="run_newest"),
            models.Index(fields=["workflow", "-id"], name="run_by_workflow"),
            models.Index(fields=["workspace", "status", "-id"], name="run_by_status"),
            # What a run of which nothing is special never meets, and never writes.
            models.Index(
                fields=["workflow", "status", "-id"],
                condition=Q(status__in=[each.value for each in EXCEPTIONAL_RUN]),
                name="run_exceptional",
            ),
            models.Index(fields=["workspace", "-id"], condition=Q(held_at__isnull=False), name="run_held"),
            models.Index(fields=["deadline_at"], condition=Q(deadline_at__isnull=False), name="run_due"),
            # Those that go on are few, those that wait may be many: neither is counted through the other.
            models.Index(
                fields=["workflow", "lane"],
                condition=Q(finished_at__isnull=True, held_at__isnull=True) & ~Q(lane=""),
                name="run_in_lane",
            ),
            models.Index(
                fields=["workflow", "lane", "id"],
                condition=Q(finished_at__isnull=True, held_at__isnull=False, held_until__isnull=True) & ~Q(lane=""),
                name="run_waits_in_lane",
            ),
            models.Index(
                fields=["workflow", "throttle", "held_until"],
                condition=Q(held_until__isnull=False),
                name="run_throttled",
            ),
            models.Index(fields=["workflow", "root"], condition=Q(root__isnull=False), name="run_of_chain"),
            models.Index(fields=["held_until"], condition=Q(held_until__isnull=False), name="run_held_until"),
            models.Index(fields=["replay_of"], condition=Q(replay_of__isnull=False), name="run_replays"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ActionRun(WorkspaceRow):
    """One action of a run, and its state. `attempt` is the fence: only the try with this number may write.

    `iteration` is empty outside loops, and else the number of the item, of the inner loop's item after it: `3.0`.
    `parent` is the row that holds it: of the loop it is an item of, or of the `parallel` or item whose body it is in.
    `lease_until` is set only while running, `due_at` only while waiting, and `hinted_at`, when a message about it was
    last published, and `start_by` only while queued: the sweeps go by them. One that is queued and has no message yet,
    since its workspace has many, has `queue_priority` in the place of `hinted_at` (`core.backlogs`). A cancelled one
    has `hinted_at` until the run that it started has been told. `progress` is what a control action keeps
    between its turns.

    Numbers of attempts go on rising when a person has it tried again: of them, `attempts_before` were made before, and
    do not count for its policy. `reopened` counts how often that was. What a person left out is skipped with a `port`.
    `reused_from` is the row of another run that it is a copy of: it was not done in this one.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="action_runs", db_index=False)
    key = models.CharField(max_length=100)
    iteration = models.CharField(max_length=100, blank=True)
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="children", db_index=False)
    position = models.PositiveIntegerField()
    item = models.JSONField(null=True, help_text="The item of the list that it is done for")
    type = models.CharField(max_length=100)
    status = models.CharField(max_length=16, choices=words.choices(ActionStatus), default=ActionStatus.PENDING.value)
    attempt = models.PositiveIntegerField(default=0)
    attempts_before = models.PositiveIntegerField(default=0, db_default=0)
    reopened = models.PositiveIntegerField(default=0, db_default=0)
    reused_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="reuses", db_index=False, help_text="Of another run"
    )
    port = models.CharField(
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text="Which port fired, when it is not the default one",
    )
    progress = models.JSONField(null=True)
    output = models.JSONField(null=True)
    error = models.JSONField(null=True, help_text="{code, message}")
    started_at = models.DateTimeField(null=True, help_text="Of the first attempt")
    claimed_at = models.DateTimeField(null=True, help_text="Of the last attempt")
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    hinted_at = models.DateTimeField(null=True)
    start_by = models.DateTimeField(null=True)
    queue_priority = models.SmallIntegerField(null=True, help_text="Set while it is queued without a message")

    class Meta:
        ordering = ["run_id", "position", "iteration"]
        constraints = [
            models.UniqueConstraint(fields=["run", "key", "iteration"], name="action_run_once"),
            words.only("status", ActionStatus, name="action_run_status_known"),
        ]
        indexes = [
            # Not `condition=Q(status="queued")`: PostgreSQL would then claim by reading the whole index of queued rows.
            models.Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="action_run_leased"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="action_run_due"),
            models.Index(
                fields=["workspace", "hinted_at"], condition=Q(hinted_at__isnull=False), name="action_run_hinted"
            ),
            models.Index(
                fields=["workspace", "-queue_priority", "id"],
                condition=Q(queue_priority__isnull=False),
                name="action_run_backlog",
            ),
            models.Index(fields=["start_by"], condition=Q(start_by__isnull=False), name="action_run_start_by"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="action_run_nested"),
            models.Index(fields=["reused_from"], condition=Q(reused_from__isnull=False), name="action_run_reused"),
        ]

    def __str__(self) -> str:
        item = f"[{self.iteration}]" if self.iteration else ""
        return f"{self.key}{item} ({self.status})"


class ActionAttempt(WorkspaceRow):
    """One real try of an action. Written once, when it ended or was found lost; secrets are redacted before."""

    action_run = models.ForeignKey(ActionRun, on_delete=models.CASCADE, related_name="attempts", db_index=False)
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=16, choices=words.choices(AttemptOutcome))
    input = models.JSONField(null=True)
    request = models.JSONField(null=True)
    response = models.JSONField(null=True)
    error = models.JSONField(null=True)
    usage = models.JSONField(default=dict, db_default={}, help_text="What it used up, added up on the run")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["action_run", "number"], name="attempt_number_once"),
            words.only("outcome", AttemptOutcome, name="attempt_outcome_known"),
        ]
        # What asked somebody outside, or did not complete: the tries of actions that only compute write nothing to it.
        indexes = [models.Index(fields=["workspace", "-id"], condition=TOLD_OF, name="attempt_told_of")]

    def __str__(self) -> str:
        return f"attempt {self.number}: {self.outcome}"
