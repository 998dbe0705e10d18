"""Runs: where each is, and what operators do about it."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import InlineModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import tenancy
from core.admin_actions import actor, confirmed
from core.admin_site import ReadOnlyInline, pretty, state
from core.errors import SequiturError
from workflows.admin import controls, pages
from workflows.admin.linking import links
from workflows.engine.states import FINISHED_RUN, RunStatus
from workflows.models import ActionRun, Run
from workflows.selectors import waiting
from workflows.services import stopping
from workflows.services.repair import preview, rerunning, retrying
from workflows.services.repair.preview import Operation

MAX_BARS = 200
MAX_SHOWN = 1000  # actions on the page of a run: ten times as many are half a minute of work, and 20 MB


class ActionRunInline(ReadOnlyInline, admin.TabularInline[ActionRun, Run]):
    """The actions of a run, in their order."""

    model = ActionRun
    show_change_link = True
    ordering = ["position", "iteration"]
    fields = (
        "position",
        "key",
        "iteration",
        "type",
        "state",
        "port",
        "waits_for",
        "attempt",
        "started_at",
        "finished_at",
        "shown_error",
    )
    readonly_fields = fields

    @admin.display(description="status")
    def state(self, row: ActionRun) -> SafeString:
        return state(row.status)

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


def _told(operation: Operation) -> Callable[[Run], str]:
    """What the page that asks says about a run: how many effects it would have, or why it is not done."""

    def note(row: Run) -> str:
        with tenancy.scope(row.workspace_id):
            try:
                found = preview.preview(row, operation)
            except SequiturError as error:
                return f"{row.workflow}, {row.status}: {error.detail}"
        numbers = f"{found.executed} effects to execute, {found.skipped} confirmed, {found.needs_decision} to decide"
        return f"{row.workflow}, {row.status}: {numbers}"

    return note


class Held(admin.SimpleListFilter):
    """Runs that may not start yet. Their status is asked for too, since that has an index."""

    title = "held"
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Run]) -> list[tuple[str, str]]:
        return [("yes", "may not start yet")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        return queryset.filter(status=RunStatus.QUEUED, held_at__isnull=False) if self.value() == "yes" else queryset


@admin.register(Run)
class RunAdmin(pages.ControlPage[Run]):
    """How far it is."""

    list_display = ["workflow", "state", "started_by", "created_at", "duration", "workspace", "held", "ending", "id"]
    list_filter = ["status", Held]
    searched = ("id", "workflow", "workflow__slug", "event", "event__event_id")
    change_form_template = "workflows/buttons.html"
    list_select_related = ["workflow", "workspace", "event"]
    fieldsets = (
        (None, {"fields": [
            "workspace", "workflow", "version", "event", "trigger_key", "state", "outcome", "shown_error", "created_at",
            "started_at", "finished_at", "duration", "all_actions",
        ]}),
        ("Where it comes from, and what came of it", {"classes": ["collapse"], "fields": [
            "firing", "parent", "cause", "occasion", "replay_of", "replayed_from", "depth", "started_runs",
            "handled_by", "replays",
        ]}),
        ("When it may start, and has to end", {"classes": ["collapse"], "fields": [
            "priority", "held_at", "held_until", "held_reason", "deadline_at", "stopped_at",
        ]}),
        ("What it made, and what people did about it", {"classes": ["collapse"], "fields": [
            "shown_output", "shown_variables", "usage", "reopened", "shown_repairs",
        ]}),
    )  # fmt: skip
    readonly_fields = [
        "state", "duration", "shown_error", "shown_output", "shown_variables", "started_runs", "handled_by", "replays",
        "shown_repairs", "all_actions",
    ]  # fmt: skip
    inlines = [ActionRunInline]
    actions = ["cancel", "cancel_now", "retry", "replay"]

    def controls(self, row: Run) -> Iterable[str]:
        return controls.of_run(row)

    def beside(self, row: Run) -> dict[str, Any]:
        return {"bars": pages.picture(row, limit=MAX_BARS)}

    def get_inlines(self, request: HttpRequest, obj: Run | None) -> list[type[InlineModelAdmin[Any, Run]]]:
        """The timeline, unless it is too long for one page; then there is the list of actions, page by page."""
        is_long = obj is not None and ActionRun.objects.filter(run=obj)[MAX_SHOWN : MAX_SHOWN + 1].exists()
        return [] if is_long else [ActionRunInline]

    @admin.action(description="Cancel", permissions=["repair"])
    def cancel(self, request: HttpRequest, rows: QuerySet[Run]) -> HttpResponseBase | None:
        def act(row: Run, comment: str) -> None:
            stopping.cancel_for(row.pk, by=actor(request), comment=comment)

        return confirmed(self, request, rows, title="Cancel", act=act, note=lambda row: f"{row.workflow}, {row.status}")

    @admin.display(description="status")
    def state(self, row: Run) -> SafeString:
        return state(row.status)

    @admin.display(description="may not start")
    def held(self, row: Run) -> str:
        until = f", until {row.held_until:%Y-%m-%d %H:%M:%S}" if row.held_until else ""
        return f"{row.held_reason}{until}" if row.held_at else ""

    @admin.action(description="Cancel at once", permissions=["repair"])
    def cancel_now(self, request: HttpRequest, rows: QuerySet[Run]) -> HttpResponseBase | None:
        def act(row: Run, comment: str) -> None:
            stopping.cancel_for(row.pk, by=actor(request), comment=comment, is_immediate=True)

        return confirmed(self, request, rows, title="Cancel at once", act=act, note=_told("cancel"))

    @admin.action(description="Retry what failed", permissions=["repair"])
    def retry(self, request: HttpRequest, rows: QuerySet[Run]) -> HttpResponseBase | None:
        def act(row: Run, comment: str) -> None:
            retrying.retry(row.pk, by=actor(request), reason=comment)

        return confirmed(self, request, rows, title="Retry what failed", act=act, note=_told("retry"))

    @admin.action(description="Replay from the start", permissions=["repair"])
    def replay(self, request: HttpRequest, rows: QuerySet[Run]) -> HttpResponseBase | None:
        def act(row: Run, comment: str) -> None:
            rerunning.rerun(row.pk, by=actor(request), reason=comment)

        return confirmed(self, request, rows, title="Replay from the start", act=act, note=_told("replay"))

    @admin.display(description="replays")
    def replays(self, row: Run) -> SafeString:
        return links(row.replays.all())

    @admin.display(description="repairs")
    def shown_repairs(self, row: Run) -> SafeString:
        return pretty(row.repairs)

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
