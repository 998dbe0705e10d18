"""Workflows and their versions. Definitions are edited through the API, so nothing gets around the check."""

from collections.abc import Callable

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core import admin_access
from core.admin_actions import actor, confirmed
from core.admin_site import ReadOnlyAdmin, pretty, state
from workflows.definitions import diffing
from workflows.models import Workflow, WorkflowVersion
from workflows.selectors import versions
from workflows.services import publishing, workflows
from workflows.services.flow import circuits
from workflows.services.publishing import Wish
from workflows.services.templates import provenance

MAX_SHOWN = 50  # versions on the page of a workflow, and changes on that of a version


class VersionInline(admin.TabularInline[WorkflowVersion, Workflow]):
    """The newest versions of a workflow."""

    model = WorkflowVersion
    extra = 0
    can_delete = False
    show_change_link = True
    fields = ("number", "published_by", "role", "reason", "created_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Workflow | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[WorkflowVersion]:
        """Of all workflows the newest: the page of one shows its own of them. Definitions are not read."""
        rows = super().get_queryset(request).defer("definition")
        match = request.resolver_match
        workflow = match.kwargs.get("object_id") if match else None
        if workflow is None:
            return rows.none()
        newest = rows.filter(workflow=workflow).order_by("-number").values_list("pk", flat=True)[:MAX_SHOWN]
        return rows.filter(pk__in=list(newest)).order_by("-number")


Switch = Callable[["WorkflowAdmin", HttpRequest, QuerySet[Workflow]], HttpResponseBase | None]


def _switching(do: Callable[[Workflow, HttpRequest], object], *, title: str) -> Switch:
    """The admin action that does this to the chosen workflows, once it was confirmed. For editors."""

    @admin.action(description=title, permissions=["edit"])
    def switch(self: "WorkflowAdmin", request: HttpRequest, rows: QuerySet[Workflow]) -> HttpResponseBase | None:
        def act(row: Workflow, comment: str) -> None:
            do(row, request)

        return confirmed(self, request, rows, title=title, act=act, note=lambda row: row.status)

    return switch


def _publish(row: Workflow, request: HttpRequest) -> None:
    """With the role of who publishes: what the workflow's actions may use is that role's."""
    role = admin_access.of(request).role_in(row.workspace_id)
    workflows.publish(row, published_by=actor(request), role=role)


@admin.register(Workflow)
class WorkflowAdmin(ReadOnlyAdmin[Workflow]):
    """What is to be done."""

    list_display = ["name", "workspace", "state", "active_version", "updated_at"]
    list_filter = ["status"]
    search_fields = ["name", "slug"]
    list_select_related = ["workspace", "active_version__workflow"]
    inlines = [VersionInline]
    fields = [
        "workspace",
        "id",
        "name",
        "slug",
        "status",
        "active_version",
        "has_unpublished_changes",
        "revision",
        "edited_by",
        "edited_at",
        "circuit",
        "made_of",
        "created_at",
        "updated_at",
        "archived_at",
        "definition",
    ]
    readonly_fields = ["circuit", "definition", "has_unpublished_changes", "made_of"]

    actions = ["publish", "pause", "resume"]

    publish = _switching(_publish, title="Publish the draft")
    pause = _switching(lambda row, request: workflows.pause(row, by=actor(request)), title="Pause")
    resume = _switching(lambda row, request: workflows.resume(row, by=actor(request)), title="Resume")

    @admin.display(description="status")
    def state(self, row: Workflow) -> SafeString:
        return state(row.status)

    @admin.display(description="circuit breaker")
    def circuit(self, row: Workflow) -> str:
        found = circuits.shown([row], row.workspace).get(row.pk)
        return "none" if found is None else found.reason or found.state

    @admin.display(description="unpublished changes", boolean=True)
    def has_unpublished_changes(self, row: Workflow) -> bool:
        return versions.is_ahead(row)

    @admin.display(description="template")
    def made_of(self, row: Workflow) -> SafeString | str:
        found = provenance.of(row)
        if found is None:
            return "none"
        gone = "" if found.is_available else "it is not there any more"
        there = "it has changed since" if found.is_outdated else gone

        said = f"{found.slug} ({found.digest}), by {found.by or 'nobody known'} on {found.at:%Y-%m-%d}"
        return format_html("<div>{}{}</div>{}", said, f"; {there}" if there else "", pretty(found.parameters))

    @admin.display(description="draft")
    def definition(self, row: Workflow) -> SafeString:
        return pretty(row.draft)


@admin.register(WorkflowVersion)
class WorkflowVersionAdmin(ReadOnlyAdmin[WorkflowVersion]):
    """What was published."""

    list_display = ["workflow", "number", "published_by", "reason", "created_at", "workspace"]
    searched = ("id", "workflow", "workflow__slug")
    list_select_related = ["workflow", "workspace"]
    actions = ["roll_back"]
    fields = [
        "workspace",
        "id",
        "workflow",
        "number",
        "published_by",
        "role",
        "reason",
        "created_at",
        "changes",
        "written",
    ]
    readonly_fields = ["changes", "written"]

    @admin.display(description="since the version before")
    def changes(self, row: WorkflowVersion) -> SafeString | str:
        _, before = versions.side(row.workflow, "previous", before=row.number)
        found = diffing.compare(before, row.definition)[:MAX_SHOWN]
        return format_html_join("", "<div>{}</div>", ((each.sentence,) for each in found)) or "nothing"

    @admin.display(description="definition")
    def written(self, row: WorkflowVersion) -> SafeString:
        return pretty(row.definition)

    @admin.action(description="Make it the active version again", permissions=["edit"])
    def roll_back(self, request: HttpRequest, rows: QuerySet[WorkflowVersion]) -> HttpResponseBase | None:
        def act(row: WorkflowVersion, comment: str) -> None:
            role = admin_access.of(request).role_in(row.workspace_id)
            wish = Wish(by=actor(request), role=role, reason=comment)
            publishing.roll_back(row.workflow, row.number, wish)

        def note(row: WorkflowVersion) -> str:
            active = row.workflow.active_version
            return f"version {active.number} is active" if active else "none is active"

        rows = rows.select_related("workflow__active_version")
        return confirmed(self, request, rows, title="Make it the active version again", act=act, note=note)
