"""Workflows and runs, for operators. Definitions are edited through the API, so nothing gets around the check."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import InlineModelAdmin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core.admin_actions import actor, confirmed
from core.admin_site import ReadOnlyAdmin, pretty
from workflows.engine.states import FINISHED_RUN, ActionStatus
from workflows.models import ActionAttempt, ActionRun, NotificationDelivery, Run, Workflow, WorkflowVersion
from workflows.selectors import waiting
from workflows.selectors.waiting import Written
from workflows.services import decisions, stopping


def links(rows: Iterable[Model]) -> SafeString:
    """Links to the pages of rows, at most a hundred."""
    shown = list(rows[:100]) if isinstance(rows, QuerySet) else list(rows)
    found = ((reverse(f"admin:workflows_{row._meta.model_name}_change", args=[row.pk]), row) for row in shown)  # noqa: SLF001  documented by Django
    return format_html_join(", ", '<a href="{}">{}</a>', found)


MAX_SHOWN = 1000  # actions on the page of a run: ten times as many are half a minute of work, and 20 MB


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
        "iteration",
        "type",
        "status",
        "port",
        "waits_for",
        "attempt",
        "started_at",
        "finished_at",
        "shown_error",
    )
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Run | None = None) -> bool:
        return False

    @admin.display(description="waits for")
    def waits_for(self, row: ActionRun) -> str:
        return waits_for(row)

    @admin.display(description="error")
    def shown_error(self, row: ActionRun) -> str:
        return row.error["message"] if row.error else ""


def waits_for(row: ActionRun) -> str:
    """What an action waits for, and until when at the longest."""
    kind = waiting.kind_of(row) or ""
    return f"{kind} until {row.due_at:%Y-%m-%d %H:%M:%S}" if row.due_at else kind


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin[Run]):
    """How far it is."""

    list_display = ["workflow", "status", "ending", "started_by", "workspace", "created_at", "duration", "id"]
    list_filter = ["status"]
    search_fields = ["=id", "workflow__name", "event__event_id__exact"]
    list_select_related = ["workflow", "workspace", "event"]
    exclude = ["variables", "error", "output"]
    readonly_fields = ["shown_error", "shown_output", "shown_variables", "started_runs", "handled_by", "all_actions"]
    inlines = [ActionRunInline]
    actions = ["cancel"]

    def get_inlines(self, request: HttpRequest, obj: Run | None) -> list[type[InlineModelAdmin[Any, Run]]]:
        """The timeline, unless it is too long for one page; then there is the list of actions, page by page."""
        is_long = obj is not None and ActionRun.objects.filter(run=obj)[MAX_SHOWN : MAX_SHOWN + 1].exists()
        return [] if is_long else [ActionRunInline]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Rows are not edited here; who may change them may act on them."""
        return request.user.has_perm("workflows.change_run")

    @admin.action(description="Cancel", permissions=["decide"])
    def cancel(self, request: HttpRequest, rows: QuerySet[Run]) -> HttpResponseBase | None:
        def act(row: Run, comment: str) -> None:
            stopping.cancel_for(row.pk, by=actor(request), comment=comment)

        return confirmed(self, request, rows, title="Cancel", act=act, note=lambda row: f"{row.workflow}, {row.status}")

    @admin.display(description="ends as")
    def ending(self, row: Run) -> str:
        return "" if row.status in FINISHED_RUN else row.outcome or ""

    @admin.display(description="event")
    def started_by(self, row: Run) -> str:
        return row.event.type

    @admin.display(description="duration")
    def duration(self, row: Run) -> str:
        seconds = (row.finished_at - row.started_at).total_seconds() if row.started_at and row.finished_at else None
        return "" if seconds is None else f"{seconds:.3f} s"

    @admin.display(description="error")
    def shown_error(self, row: Run) -> str:
        error = row.error or {}
        where = f"{error['action']}: " if error.get("action") else ""
        return f"{where}{error['message']} ({error['code']})" if error else ""

    @admin.display(description="output")
    def shown_output(self, row: Run) -> SafeString:
        return pretty(row.output)

    @admin.display(description="variables")
    def shown_variables(self, row: Run) -> SafeString:
        return pretty(row.variables)

    @admin.display(description="runs that it started")
    def started_runs(self, row: Run) -> SafeString:
        return links(Run.objects.filter(parent__run=row))

    @admin.display(description="actions")
    def all_actions(self, row: Run) -> SafeString:
        where = reverse("admin:workflows_actionrun_changelist")
        number = f"{ActionRun.objects.filter(run=row).count():,}"
        return format_html('<a href="{}?q={}">{}</a>', where, row.pk, number)

    @admin.display(description="runs that handle its failure")
    def handled_by(self, row: Run) -> SafeString:
        return links(row.consequences.all())


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


class WaitsFor(admin.SimpleListFilter):
    """What can be decided, and what waits."""

    title = "waits for"
    parameter_name = "waits_for"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[ActionRun]) -> list[tuple[str, str]]:
        return [("person", "a person's decision"), ("anything", "anything")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ActionRun]) -> QuerySet[ActionRun]:
        unknown, waits = Q(status=ActionStatus.NEEDS_DECISION), Q(status=ActionStatus.WAITING)
        match self.value():
            case "person":
                return queryset.filter(unknown | waits & Q(type="approval", progress__has_key="message"))
            case "anything":
                return queryset.filter(unknown | waits)
        return queryset


Decide = Callable[["ActionRunAdmin", HttpRequest, QuerySet[ActionRun]], HttpResponseBase | None]


def _deciding(decision: str, *, title: str) -> Decide:
    """The admin action that takes a decision about the chosen rows, once it was confirmed."""

    def note(row: ActionRun) -> str:
        is_asked = decision in waiting.choices(row)
        return f"run {row.run_id}" if is_asked else f"run {row.run_id}; this is not to be decided about it"

    @admin.action(description=title, permissions=["decide"])
    def decide(self: "ActionRunAdmin", request: HttpRequest, rows: QuerySet[ActionRun]) -> HttpResponseBase | None:
        def act(row: ActionRun, comment: str) -> None:
            decisions.decide(row, decision, comment=comment, by=actor(request))

        return confirmed(self, request, rows, title=title, act=act, note=note)

    return decide


@admin.register(ActionRun)
class ActionRunAdmin(ReadOnlyAdmin[ActionRun]):
    """One action of a run, with its tries. What waits for a person is decided in the list."""

    list_display = [
        "key",
        "iteration",
        "type",
        "status",
        "port",
        "waits_for",
        "attempt",
        "run",
        "workspace",
        "started_at",
        "finished_at",
    ]
    list_filter = [WaitsFor, "status", "type"]
    search_fields = ["=id", "=run__id"]
    list_select_related = ["workspace", "run"]
    exclude = ["output", "item", "progress"]
    readonly_fields = ["waits", "shown_item", "shown_output", "held", "started_runs"]
    inlines = [ActionAttemptInline]
    actions = ["approve", "reject", "confirm", "resend", "skip"]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Rows are not edited here; who may change them may decide about them."""
        return request.user.has_perm("workflows.change_actionrun")

    approve = _deciding("approved", title="Approve")
    reject = _deciding("rejected", title="Reject")
    confirm = _deciding("confirm", title="Confirm it was done")
    resend = _deciding("resend", title="Do it again")
    skip = _deciding("skip", title="Go on without it")

    @admin.display(description="waits for")
    def waits_for(self, row: ActionRun) -> str:
        return waits_for(row)

    @admin.display(description="waits for")
    def waits(self, row: ActionRun) -> SafeString:
        return pretty(waiting.waiting_for(row, Written(row.run.version.definition)))

    @admin.display(description="item")
    def shown_item(self, row: ActionRun) -> SafeString:
        return pretty(row.item)

    @admin.display(description="output")
    def shown_output(self, row: ActionRun) -> SafeString:
        return pretty(row.output)

    @admin.display(description="actions that it holds")
    def held(self, row: ActionRun) -> SafeString:
        return links(row.children.all())

    @admin.display(description="runs that it started")
    def started_runs(self, row: ActionRun) -> SafeString:
        return links(row.child_runs.all())


@admin.register(NotificationDelivery)
class NotificationDeliveryAdmin(ReadOnlyAdmin[NotificationDelivery]):
    """Who was told of what. It is replayed through the API."""

    list_display = ["trigger", "policy", "channel", "to", "status", "workflow", "workspace", "created_at", "sent_at"]
    list_filter = ["status", "trigger", "channel"]
    search_fields = ["=id", "=run__id", "to"]
    list_select_related = ["workflow", "workspace"]
    exclude = ["attempts", "about", "error"]
    readonly_fields = ["tries", "happened", "shown_error"]

    @admin.display(description="tries")
    def tries(self, row: NotificationDelivery) -> SafeString:
        return pretty(row.attempts)

    @admin.display(description="what happened")
    def happened(self, row: NotificationDelivery) -> SafeString:
        return pretty(row.about)

    @admin.display(description="error")
    def shown_error(self, row: NotificationDelivery) -> SafeString:
        return pretty(row.error)
