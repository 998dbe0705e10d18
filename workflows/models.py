"""What is to be done (Workflow, WorkflowVersion), and how far it is (Run, ActionRun, ActionAttempt)."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core.models import Role, WorkspaceRow
from triggers.models import Event, Firing
from workflows.engine.notices import DeliveryStatus, NotifyOn
from workflows.engine.states import ActionStatus, AttemptOutcome, RunStatus, WorkflowStatus

# As it is written: an alias is one, too. They are constants since an index goes by them.
WEBHOOK_TYPES = ["send_webhook", "call_webhook", "webhook"]

Words = type[WorkflowStatus | RunStatus | ActionStatus | AttemptOutcome | DeliveryStatus | NotifyOn]


def _choices(words: Words) -> list[tuple[str, str]]:
    return [(word.value, word.value.replace("_", " ")) for word in words]


def _only(column: str, words: Words, *, name: str) -> models.CheckConstraint:
    """That the column says one of the words, whoever writes it."""
    return models.CheckConstraint(condition=Q(**{f"{column}__in": [word.value for word in words]}), name=name)


class Workflow(WorkspaceRow):
    """An automation: a draft that is edited, and the version that runs."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=220)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=16, choices=_choices(WorkflowStatus), default=WorkflowStatus.DRAFT.value)
    draft = models.JSONField(default=dict, help_text="The definition being edited, in canonical form")
    layout = models.JSONField(
        default=dict, db_default={}, help_text="Where the nodes of the draft are drawn: {node id: {x, y}}"
    )
    active_version = models.ForeignKey(
        "workflows.WorkflowVersion", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint("workspace", Lower("name"), name="workflow_name_once"),
            models.UniqueConstraint(fields=["workspace", "slug"], name="workflow_slug_once"),
            _only("status", WorkflowStatus, name="workflow_status_known"),
        ]
        indexes = [models.Index(fields=["workspace", "-id"], name="workflow_newest")]

    def __str__(self) -> str:
        return self.name


class WorkflowVersion(WorkspaceRow):
    """A definition as it was published. Never changed: a run says by its version exactly what ran."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    published_by = models.CharField(max_length=200, blank=True)
    role = models.CharField(
        max_length=16,
        choices=Role,
        default=Role.ADMIN,
        db_default=Role.ADMIN,
        help_text="Of who published it: what its actions may use",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["workflow", "number"], name="version_number_once")]

    def __str__(self) -> str:
        return f"{self.workflow} version {self.number}"


class Run(WorkspaceRow):
    """One execution of a version. Started once: by a firing, by an action of another run, or by a run that failed.

    `outcome` is set when the end is decided while something still runs or is to be undone: nothing else starts then,
    and it becomes the status. `depth` counts the runs above it.
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
    depth = models.PositiveSmallIntegerField(default=0, db_default=0)
    event = models.ForeignKey(Event, on_delete=models.RESTRICT, related_name="runs")
    trigger_key = models.CharField(
        max_length=100, blank=True, help_text="Which trigger of the version's definition fired"
    )
    status = models.CharField(max_length=16, choices=_choices(RunStatus), default=RunStatus.QUEUED.value)
    variables = models.JSONField(default=dict, help_text="Set by actions; templates read run.variables.<name>")
    usage = models.JSONField(default=dict)
    output = models.JSONField(null=True, help_text="Of `stop`, or what the run above it was given")
    error = models.JSONField(null=True, help_text="{code, message, action}")
    outcome = models.CharField(max_length=16, choices=_choices(RunStatus), null=True)
    deadline_at = models.DateTimeField(null=True, help_text="When it fails for taking too long; empty once it ended")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            _only("status", RunStatus, name="run_status_known"),
            models.UniqueConstraint(fields=["parent"], condition=Q(parent__isnull=False), name="run_of_action_once"),
            models.UniqueConstraint(fields=["cause"], condition=Q(cause__isnull=False), name="run_of_failure_once"),
        ]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="run_newest"),
            models.Index(fields=["workflow", "-id"], name="run_by_workflow"),
            models.Index(fields=["workspace", "status", "-id"], name="run_by_status"),
            models.Index(fields=["deadline_at"], condition=Q(deadline_at__isnull=False), name="run_due"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ActionRun(WorkspaceRow):
    """One action of a run, and its state. `attempt` is the fence: only the try with this number may write.

    `iteration` is empty outside loops, and else the number of the item, of the inner loop's item after it: `3.0`.
    `parent` is the row that holds it: of the loop it is an item of, or of the `parallel` or item whose body it is in.
    `lease_until` is set only while running, `due_at` only while waiting, and `hinted_at`, when a message about it was
    last published, and `start_by` only while queued: the sweeps go by them. A cancelled one has `hinted_at` until the
    run that it started has been told. `progress` is what a control action keeps between its turns.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="action_runs", db_index=False)
    key = models.CharField(max_length=100)
    iteration = models.CharField(max_length=100, blank=True)
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="children", db_index=False)
    position = models.PositiveIntegerField()
    item = models.JSONField(null=True, help_text="The item of the list that it is done for")
    type = models.CharField(max_length=100)
    status = models.CharField(max_length=16, choices=_choices(ActionStatus), default=ActionStatus.PENDING.value)
    attempt = models.PositiveIntegerField(default=0)
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

    class Meta:
        ordering = ["run_id", "position", "iteration"]
        constraints = [
            models.UniqueConstraint(fields=["run", "key", "iteration"], name="action_run_once"),
            _only("status", ActionStatus, name="action_run_status_known"),
        ]
        indexes = [
            # Not `condition=Q(status="queued")`: PostgreSQL would then claim by reading the whole index of queued rows.
            models.Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="action_run_leased"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="action_run_due"),
            models.Index(fields=["hinted_at"], condition=Q(hinted_at__isnull=False), name="action_run_queued"),
            models.Index(fields=["start_by"], condition=Q(start_by__isnull=False), name="action_run_start_by"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="action_run_nested"),
            models.Index(
                fields=["workspace", "-id"],
                condition=Q(type__in=WEBHOOK_TYPES),
                name="action_run_webhook",
            ),
        ]

    def __str__(self) -> str:
        item = f"[{self.iteration}]" if self.iteration else ""
        return f"{self.key}{item} ({self.status})"


class ActionAttempt(WorkspaceRow):
    """One real try of an action. Written once, when it ended or was found lost; secrets are redacted before."""

    action_run = models.ForeignKey(ActionRun, on_delete=models.CASCADE, related_name="attempts", db_index=False)
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=16, choices=_choices(AttemptOutcome))
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
            _only("outcome", AttemptOutcome, name="attempt_outcome_known"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number}: {self.outcome}"


class NotificationDelivery(WorkspaceRow):
    """One message to one address, because something happened to a run or to one of its actions.

    Written with the change that it tells of, once: `occurrence` is the number of the try, `place` that of the address.
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
    trigger = models.CharField(max_length=32, choices=_choices(NotifyOn))
    occurrence = models.PositiveIntegerField(default=0)
    place = models.PositiveIntegerField(default=0)
    channel = models.CharField(max_length=100)
    connection = models.CharField(max_length=100, blank=True)
    about = models.JSONField(default=dict, help_text="What it was when it happened: {status, attempt, error}")
    to = models.CharField(max_length=1000, blank=True, help_text="Empty until it is filled in")
    subject = models.TextField(blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    status = models.CharField(max_length=16, choices=_choices(DeliveryStatus), default=DeliveryStatus.PENDING.value)
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
            _only("status", DeliveryStatus, name="notification_status_known"),
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
