"""What is to be done: a workflow, and its versions."""

from django.db import models
from django.db.models.functions import Lower

from core.models import Role, WorkspaceRow
from workflows.engine.states import WorkflowStatus
from workflows.models import words


class Workflow(WorkspaceRow):
    """An automation: a draft that is edited, and the version that runs.

    `revision` grows with every change of the name, the description or the draft, `edited_by` and `edited_at` say who
    made the last one: an editor that says which revision it began with overwrites nobody's. `template` says what it was
    made of (`services/templates/provenance.py`), `template_base` what that said then.
    """

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=220)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=16, choices=words.choices(WorkflowStatus), default=WorkflowStatus.DRAFT.value)
    draft = models.JSONField(default=dict, help_text="The definition being edited, in canonical form")
    layout = models.JSONField(
        default=dict, db_default={}, help_text="Where the nodes of the draft are drawn: {node id: {x, y}}"
    )
    active_version = models.ForeignKey(
        "workflows.WorkflowVersion", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    revision = models.PositiveIntegerField(default=1, db_default=1)
    edited_by = models.CharField(max_length=200, blank=True, default="", db_default="")
    edited_at = models.DateTimeField(null=True, blank=True)
    template = models.JSONField(null=True, blank=True, help_text="The template that it was made of, and how")
    template_base = models.JSONField(null=True, blank=True, help_text="What that template said, in canonical form")
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint("workspace", Lower("name"), name="workflow_name_once"),
            models.UniqueConstraint(fields=["workspace", "slug"], name="workflow_slug_once"),
            words.only("status", WorkflowStatus, name="workflow_status_known"),
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
    reason = models.CharField(max_length=2000, blank=True, default="", db_default="", help_text="Why it was published")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["workflow", "number"], name="version_number_once")]

    def __str__(self) -> str:
        return f"{self.workflow} version {self.number}"
