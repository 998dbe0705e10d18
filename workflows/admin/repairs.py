"""Bulk repairs: how far they are, and pausing, resuming and cancelling them."""

from collections.abc import Callable

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin_actions import actor, confirmed
from core.admin_site import ReadOnlyAdmin, pretty
from workflows.models import Repair, RepairItem
from workflows.selectors import repairs
from workflows.services.bulk import requesting, steering

Steer = Callable[["RepairAdmin", HttpRequest, QuerySet[Repair]], HttpResponseBase | None]


def _steering(act: Callable[..., Repair], *, title: str) -> Steer:
    """The admin action that does this to the chosen repairs, once it was confirmed."""

    @admin.action(description=title, permissions=["repair"])
    def steer(self: "RepairAdmin", request: HttpRequest, rows: QuerySet[Repair]) -> HttpResponseBase | None:
        def do(row: Repair, comment: str) -> None:
            act(row.pk, by=actor(request), reason=comment[: requesting.MAX_REASON_CHARACTERS])

        return confirmed(self, request, rows, title=title, act=do, note=lambda row: f"{row.pending:,} are left")

    return steer


@admin.register(Repair)
class RepairAdmin(ReadOnlyAdmin[Repair]):
    """One operation on many. It is asked for through the API or `manage.py repair`, with its preview."""

    list_display = ["operation", "target", "status", "progress", "failed", "workspace", "requested_by", "created_at"]
    list_filter = ["status", "target"]
    searched = ("id", "requested_by")
    list_select_related = ["workspace"]
    exclude = ["filter", "options", "tokens", "filled_at", "held_by"]
    readonly_fields = ["progress", "shown_filter", "shown_options", "last_errors", "all_items"]
    actions = ["pause", "resume", "cancel"]

    pause = _steering(steering.pause, title="Pause")
    resume = _steering(steering.resume, title="Resume")
    cancel = _steering(steering.cancel, title="Cancel")

    @admin.display(description="progress")
    def progress(self, row: Repair) -> SafeString:
        how_far = repairs.progress(row, now=timezone.now())
        until = f", until about {how_far.eta:%Y-%m-%d %H:%M:%S}" if how_far.eta else ""
        words = f"{row.total - row.pending:,} of {row.total:,} ({how_far.percent:g} %){until}"
        return format_html('<progress max="{}" value="{}"></progress> {}', row.total, row.total - row.pending, words)

    @admin.display(description="filter")
    def shown_filter(self, row: Repair) -> SafeString:
        return pretty(row.filter)

    @admin.display(description="options")
    def shown_options(self, row: Repair) -> SafeString:
        return pretty(row.options)

    @admin.display(description="last errors")
    def last_errors(self, row: Repair) -> SafeString:
        return pretty([{"target": str(each.target_id), **(each.error or {})} for each in repairs.last_errors(row)])

    @admin.display(description="items")
    def all_items(self, row: Repair) -> SafeString:
        where = reverse("admin:workflows_repairitem_changelist")
        return format_html('<a href="{}?q={}">{}</a>', where, row.pk, f"{row.total:,}")


@admin.register(RepairItem)
class RepairItemAdmin(ReadOnlyAdmin[RepairItem]):
    """What became of one run or notification of a repair."""

    list_display = ["target_id", "status", "why", "result_id", "repair", "workspace", "finished_at"]
    list_filter = ["status"]
    searched = ("id", "repair", "target_id")
    list_select_related = ["repair", "workspace"]
    exclude = ["error"]
    readonly_fields = ["why"]

    @admin.display(description="why")
    def why(self, row: RepairItem) -> str:
        return f"{row.error['message']} ({row.error['code']})" if row.error else ""
