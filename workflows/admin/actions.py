"""Actions of runs, with their tries, and what is decided about them."""

from collections.abc import Callable, Iterable
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.safestring import SafeString

from core import admin_access
from core.admin_actions import actor, confirmed
from core.admin_site import ReadOnlyInline, pretty, state
from core.models import Role
from workflows.admin import controls, pages
from workflows.admin.linking import links
from workflows.admin.runs import waits_for
from workflows.engine.states import ActionStatus, RunStatus
from workflows.models import ActionAttempt, ActionRun, Run
from workflows.selectors import waiting
from workflows.selectors.waiting import Written
from workflows.services import decisions
from workflows.services.repair import rerunning, retrying, skipping

MAX_RUNS = 1_000  # of each status, whose actions are looked through for those that wait


class ActionAttemptInline(ReadOnlyInline, admin.StackedInline[ActionAttempt, ActionRun]):
    """Every try of an action."""

    model = ActionAttempt
    fields = ("number", "outcome", "started_at", "finished_at", "details")
    readonly_fields = fields

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
        if self.value() in {"person", "anything"}:
            queryset = queryset.filter(run__in=_going(request))
        match self.value():
            case "person":
                return queryset.filter(unknown | waits & Q(type="approval", progress__has_key="message"))
            case "anything":
                return queryset.filter(unknown | waits)
        return queryset


def _going(request: HttpRequest) -> list[UUID]:
    """The newest runs that have not ended, of those that one may see: their actions are few, and found by the run."""
    within = admin_access.within(Run, admin_access.of(request), Role.VIEWER)
    going = [RunStatus.NEEDS_DECISION, RunStatus.WAITING, RunStatus.RUNNING]
    return [
        pk
        for status in going
        for pk in Run.objects.filter(within, status=status).order_by("-pk").values_list("pk", flat=True)[:MAX_RUNS]
    ]


Decide = Callable[["ActionRunAdmin", HttpRequest, QuerySet[ActionRun]], HttpResponseBase | None]


def _deciding(decision: str, *, title: str) -> Decide:
    """The admin action that takes a decision about the chosen rows, once it was confirmed."""

    def note(row: ActionRun) -> str:
        is_asked = decision in waiting.choices(row)
        return f"run {row.run_id}" if is_asked else f"run {row.run_id}; this is not to be decided about it"

    @admin.action(description=title, permissions=["repair"])
    def decide(self: "ActionRunAdmin", request: HttpRequest, rows: QuerySet[ActionRun]) -> HttpResponseBase | None:
        def act(row: ActionRun, comment: str) -> None:
            decisions.decide(row, decision, comment=comment, by=actor(request))

        return confirmed(self, request, rows, title=title, act=act, note=note)

    return decide


def _state(row: ActionRun) -> str:
    return f"run {row.run_id}, {row.status}"


@admin.register(ActionRun)
class ActionRunAdmin(pages.ControlPage[ActionRun]):
    """One action of a run, with its tries. What waits for a person is decided in the list."""

    list_display = [
        "key",
        "iteration",
        "type",
        "state",
        "port",
        "waits_for",
        "attempt",
        "run",
        "workspace",
        "started_at",
        "finished_at",
    ]
    list_filter = [WaitsFor]
    searched = ("id", "run")
    change_form_template = "workflows/buttons.html"
    list_select_related = ["workspace", "run"]
    exclude = ["output", "item", "progress"]
    readonly_fields = ["waits", "shown_item", "shown_output", "held", "started_runs"]
    inlines = [ActionAttemptInline]
    actions = ["approve", "reject", "confirm", "resend", "skip", "retry", "leave_out", "replay"]

    def controls(self, row: ActionRun) -> Iterable[str]:
        return controls.of_action(row)

    @admin.display(description="status")
    def state(self, row: ActionRun) -> SafeString:
        return state(row.status)

    approve = _deciding("approved", title="Approve")
    reject = _deciding("rejected", title="Reject")
    confirm = _deciding("confirm", title="Confirm it was done")
    resend = _deciding("resend", title="Do it again")
    skip = _deciding("skip", title="Go on without it")

    @admin.action(description="Retry, now", permissions=["repair"])
    def retry(self, request: HttpRequest, rows: QuerySet[ActionRun]) -> HttpResponseBase | None:
        def act(row: ActionRun, comment: str) -> None:
            retrying.retry(row.run_id, by=actor(request), reason=comment, action_run_ids=[row.pk])

        return confirmed(self, request, rows, title="Retry, now", act=act, note=_state)

    @admin.action(description="Leave out (say why)", permissions=["repair"])
    def leave_out(self, request: HttpRequest, rows: QuerySet[ActionRun]) -> HttpResponseBase | None:
        def act(row: ActionRun, comment: str) -> None:
            skipping.skip(row.pk, by=actor(request), reason=comment)

        return confirmed(self, request, rows, title="Leave out (say why)", act=act, note=_state)

    @admin.action(description="Replay the run from here", permissions=["repair"])
    def replay(self, request: HttpRequest, rows: QuerySet[ActionRun]) -> HttpResponseBase | None:
        def act(row: ActionRun, comment: str) -> None:
            rerunning.rerun(row.run_id, by=actor(request), reason=comment, from_action=row.key)

        return confirmed(self, request, rows, title="Replay the run from here", act=act, note=_state)

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
