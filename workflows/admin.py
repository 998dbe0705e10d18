"""Workflows and runs, for operators. Definitions are edited through the API, so nothing gets around the check."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.admin_site import ReadOnlyAdmin, pretty
from workflows.models import ActionAttempt, ActionRun, Run, Workflow, WorkflowVersion


@admin.register(Workflow)
class WorkflowAdmin(ReadOnlyAdmin[Workflow]):
    """What is to be done."""

    list_display = ["name", "workspace", "status", "active_version", "updated_at"]
    list_filter = ["status"]
    search_fields = ["name", "slug"]
    list_select_related = ["workspace", "active_version__workflow"]
    fields = ["workspace", "id", "name", "slug", "status", "active_version", "created_at", "updated_at", "definition"]
    readonly_fields = ["definition"]

    @admin.display(description="draft")
    def definition(self, row: Workflow) -> SafeString:
        return pretty(row.draft)


@admin.register(WorkflowVersion)
class WorkflowVersionAdmin(ReadOnlyAdmin[WorkflowVersion]):
    """What was published."""

    list_display = ["workflow", "number", "published_by", "created_at", "workspace"]
    search_fields = ["workflow__name"]
    list_select_related = ["workflow", "workspace"]


class ActionRunInline(admin.TabularInline[ActionRun, Run]):
    """The timeline of a run."""

    model = ActionRun
    extra = 0
    can_delete = False
    show_change_link = True
    ordering = ["position", "iteration"]
    fields = (
        "position",
        "key",
        "type",
        "status",
        "attempt",
        "started_at",
        "finished_at",
        "shown_error",
    )
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Run | None = None) -> bool:
        return False

    @admin.display(description="error")
    def shown_error(self, row: ActionRun) -> str:
        return row.error["message"] if row.error else ""


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin[Run]):
    """How far it is."""

    list_display = ["workflow", "status", "started_by", "workspace", "created_at", "duration", "id"]
    list_filter = ["status"]
    search_fields = ["=id", "workflow__name", "event__event_id__exact"]
    list_select_related = ["workflow", "workspace", "event"]
    exclude = ["variables", "error"]
    readonly_fields = ["shown_error", "shown_variables"]
    inlines = [ActionRunInline]

    @admin.display(description="event")
    def started_by(self, row: Run) -> str:
        return row.event.type

    @admin.display(description="duration")
    def duration(self, row: Run) -> str:
        seconds = (row.finished_at - row.started_at).total_seconds() if row.started_at and row.finished_at else None
        return "" if seconds is None else f"{seconds:.3f} s"

    @admin.display(description="error")
    def shown_error(self, row: Run) -> str:
        return f"{row.error['action']}: {row.error['message']} ({row.error['code']})" if row.error else ""

    @admin.display(description="variables")
    def shown_variables(self, row: Run) -> SafeString:
        return pretty(row.variables)


class ActionAttemptInline(admin.StackedInline[ActionAttempt, ActionRun]):
    """Every try of an action."""

    model = ActionAttempt
    extra = 0
    can_delete = False
    fields = ("number", "outcome", "started_at", "finished_at", "details")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: ActionRun | None = None) -> bool:
        return False

    @admin.display(description="input, request, response, error")
    def details(self, row: ActionAttempt) -> SafeString:
        return pretty({"input": row.input, "request": row.request, "response": row.response, "error": row.error})


@admin.register(ActionRun)
class ActionRunAdmin(ReadOnlyAdmin[ActionRun]):
    """One action of a run, with its tries."""

    list_display = ["key", "type", "status", "attempt", "run", "workspace", "started_at", "finished_at"]
    list_filter = ["status", "type"]
    search_fields = ["=id", "=run__id"]
    list_select_related = ["workspace"]
    exclude = ["output"]
    readonly_fields = ["shown_output"]
    inlines = [ActionAttemptInline]

    @admin.display(description="output")
    def shown_output(self, row: ActionRun) -> SafeString:
        return pretty(row.output)
