"""Who exists, and in which workspace: tenants, their members, keys and secrets."""

from typing import ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core import action_roles, backlogs, limits, outbound_rules, ports
from core.ids import new_id
from core.tenancy import ScopedManager


class Role(models.TextChoices):
    """What somebody may do in a workspace; each role includes the ones before it."""

    VIEWER = "viewer", "Viewer: reads"
    OPERATOR = "operator", "Operator: runs, retries, redrives"
    EDITOR = "editor", "Editor: changes definitions"
    ADMIN = "admin", "Admin: members, keys, secrets, limits"

    def includes(self, needed: "Role") -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Row(models.Model):
    """Base of all rows: a time-ordered id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True


class WorkspaceManager(models.Manager["Workspace"]):
    """All workspaces; fixtures name one by its slug."""

    def get_by_natural_key(self, slug: str) -> "Workspace":
        """The workspace that `"workspace": ["demo"]` in a fixture means. Raises `Workspace.DoesNotExist`."""
        return self.get(slug=slug)


class Workspace(Row):
    """A tenant. Everything else belongs to exactly one."""

    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name, e.g. Europe/Amsterdam")
    settings = models.JSONField(default=dict, blank=True, help_text="Seen by templates as workspace.<name>")
    variables = models.JSONField(default=dict, blank=True, help_text="Seen by templates as vars.<name>")
    limits = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="max_workflows, keep_versions, max_runs_per_day and others (docs/access.md, docs/flow-control.md); "
        "what is not written is the server's",
    )
    action_roles = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text='Which role may use an action type: {"db_query": "admin", "ai_agent": "nobody"}; others are for all',
    )
    outbound = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="allow, deny, rate_limit, circuit (docs/outbound.md): narrows what the server allows",
    )
    flow = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="defaults and ceilings of the flow control of all workflows (docs/flow-control.md)",
    )
    weight = models.PositiveSmallIntegerField(
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(backlogs.MAX_WEIGHT)],
        help_text="Its share of the workers while others wait too: 2 has twice that of 1 (docs/fairness.md)",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: WorkspaceManager = WorkspaceManager()

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weight__gte=1, weight__lte=backlogs.MAX_WEIGHT), name="workspace_weight_known"
            )
        ]

    def __str__(self) -> str:
        return self.slug

    def clean(self) -> None:
        """Refuse, where people type them, values at which every event of the workspace would fail."""
        if self.time_zone not in available_timezones():
            raise ValidationError({"time_zone": "There is no such time zone; write a name like Europe/Amsterdam."})
        for name in ("settings", "variables"):
            if not isinstance(getattr(self, name), dict):
                raise ValidationError({name: "Expected a JSON object: {...}."})
        if found := limits.problems(self.limits):
            raise ValidationError({"limits": found})
        if wrong := action_roles.problems(self.action_roles):
            raise ValidationError({"action_roles": [each.message for each in wrong]})
        self.action_roles = action_roles.canonical(self.action_roles)
        if found := outbound_rules.problems(self.outbound):
            raise ValidationError({"outbound": found})
        if found := ports.flow_problems(self.flow, variables=self.variables):
            raise ValidationError({"flow": found})


class WorkspaceRow(Row):
    """Base of all rows of a tenant; see `core.tenancy` for what its manager refuses.

    `encrypted_fields` hold tokens of `core.secret_box`, and "" for none: key rotation goes by them.
    """

    encrypted_fields: ClassVar[tuple[str, ...]] = ()

    # Every table with lists has an index that begins with the workspace; one of its own would only cost.
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)

    objects = ScopedManager()

    class Meta:
        abstract = True


class Membership(WorkspaceRow):
    """A user in a workspace, with a role. One of its admins owns it: nobody removes or lowers that one."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="members", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)
    is_owner = models.BooleanField(default=False, db_default=False, help_text="Passed on by a transfer alone")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user"], name="membership_once_per_user"),
            models.UniqueConstraint(fields=["workspace"], condition=Q(is_owner=True), name="workspace_owned_once"),
            models.CheckConstraint(condition=Q(is_owner=False) | Q(role="admin"), name="owner_is_admin"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace} ({self.role})"


class ApiKey(WorkspaceRow):
    """A key of a workspace. Only its hash is stored; `prefix` is what people recognise it by.

    A key of a `user` holds while they are a member, one of a `service_account` while that exists, each with their role
    at most; one of neither was made by an operator. `scopes` narrow it further (`core.scopes`); none: all of the role.
    """

    name = models.CharField(max_length=200)
    prefix = models.CharField(max_length=16)
    key_hash = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=16, choices=Role)
    scopes = models.JSONField(default=list, db_default=[], blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+", editable=False
    )
    service_account = models.ForeignKey(
        "core.ServiceAccount", on_delete=models.CASCADE, null=True, blank=True, related_name="keys", editable=False
    )
    created_by = models.CharField(max_length=200, blank=True, default="", db_default="", editable=False)
    replaced_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["workspace", "-id"], name="api_key_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True) | Q(service_account__isnull=True), name="api_key_of_one"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Secret(WorkspaceRow):
    """A value that templates of parameters read as `secrets.<name>`, encrypted at rest and never shown again."""

    encrypted_fields: ClassVar[tuple[str, ...]] = ("token",)

    name = models.CharField(max_length=100)
    token = models.TextField(editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("workspace", Lower("name"), name="secret_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="secret_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class AuditEntry(WorkspaceRow):
    """That somebody changed something. Written in the transaction of the change, and never changed: triggers refuse it.

    `target` is the kind of row (`workflow`, `run`), `target_id` its id. `before` and `after` hold what changed.

    The database numbers the entries of a workspace when they are committed, `seq` from 1 without gaps, and chains them:
    `digest` is that of the entry's own fields, `hash` of that, of `seq` and of `prev_hash` (`core.chaining`).
    """

    at = models.DateTimeField()
    actor = models.CharField(max_length=200, help_text="A person, an API key, or `sequitur` itself")
    action = models.CharField(max_length=100, help_text="Such as run.cancelled")
    target = models.CharField(max_length=50)
    target_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=2000, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    request_id = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=45, blank=True, default="", db_default="", help_text="Where it came from")
    digest = models.CharField(max_length=64, default="", db_default="", editable=False)
    seq = models.BigIntegerField(null=True, editable=False, help_text="Empty until it is committed")
    prev_hash = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    hash = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        constraints = [models.UniqueConstraint(fields=["workspace", "seq"], name="audit_seq_once")]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="audit_newest"),
            models.Index(fields=["target_id", "-id"], name="audit_of_target"),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor}"
