"""Events, triggers and firings, for operators."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core import tenancy
from core.admin_site import ReadOnlyAdmin, pretty
from triggers.models import (
    Catalogue,
    Decision,
    Event,
    EventDay,
    EventType,
    Firing,
    Hook,
    Pattern,
    QueryWatch,
    Schedule,
    Snapshot,
    Subscription,
    TableChange,
    Tally,
    Tick,
    Trigger,
    TriggerState,
    Wait,
)
from triggers.services import explaining

SHOWN_DECISIONS = 50
SHOWN_COUNTS = ("candidates", "fired", "suppressed", "failed", "pending")


class Undecided(admin.SimpleListFilter):
    """Events that nobody has decided on: those with a message, and those that wait for one, each by its index."""

    title = "decided"
    parameter_name = "decided"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Event]) -> list[tuple[str, str]]:
        return [("no", "not yet")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        if self.value() != "no":
            return queryset
        return queryset.filter(Q(hinted_at__isnull=False) | Q(queue_priority__isnull=False), matched_at__isnull=True)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin[Event]):
    """What happened."""

    list_display = ["type", "event_id", "source", "workspace", "received_at", "matched_at"]
    list_filter = [Undecided]
    searched = ("id", "event_id", "type")
    list_select_related = ["workspace"]
    fields = [
        "workspace",
        "id",
        "type",
        "source",
        "event_id",
        "subject",
        "time",
        "received_at",
        "matched_at",
        "dead_at",
        "tries",
        "decided",
        "decisions",
        "cause_run",
        "depth",
        "payload",
        "received",
        "attributes",
        "misfits",
    ]
    readonly_fields = ["payload", "decided", "decisions", "received", "attributes", "misfits", "cause_run"]

    @admin.display(description="data")
    def payload(self, row: Event) -> SafeString:
        return pretty(row.data)

    @admin.display(description="why it started what")
    def decisions(self, row: Event) -> SafeString:
        """What the newest of those that listened decided; the API has all of them, with every predicate."""
        if row.dead_at is not None:
            return format_html("<p>{}</p>", f"Dead: given up after {row.tries} tries, see its dead letter.")
        if row.matched_at is None:
            return format_html("<p>{}</p>", "It waits to be decided on.")
        with tenancy.scope(row.workspace_id):  # generations are those of a workspace
            accounts = explaining.accounts(explaining.candidates(row)[:SHOWN_DECISIONS], row)
        lines = ((each.trigger.workflow.name, each.version, each.verdict, each.reason) for each in accounts)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{} (version {}): <b>{}</b>. {}</li>", lines))

    @admin.display(description="what was decided")
    def decided(self, row: Event) -> str:
        said = row.decision or {}
        counts = [f"{name}: {said[name]}" for name in SHOWN_COUNTS if name in said]
        return ", ".join(counts) or "-"

    @admin.display(description="request")
    def received(self, row: Event) -> SafeString | str:
        return pretty(row.request) if row.request else "-"

    @admin.display(description="extensions")
    def attributes(self, row: Event) -> SafeString | str:
        return pretty(row.extensions) if row.extensions else "-"

    @admin.display(description="warnings")
    def misfits(self, row: Event) -> SafeString | str:
        return pretty(row.warnings) if row.warnings else "-"


@admin.register(EventType)
class EventTypeAdmin(ReadOnlyAdmin[EventType]):
    """What is said about types of events. Written by the API, which checks schemas."""

    list_display = ["name", "producer", "validation", "version", "updated_at", "workspace"]
    list_filter = ["validation"]
    search_fields = ["name", "producer"]
    list_select_related = ["workspace"]


@admin.register(Trigger)
class TriggerAdmin(ReadOnlyAdmin[Trigger]):
    """What listens. Written by publishing a workflow."""

    list_display = ["workflow", "key", "type", "event_type", "is_active", "workspace"]
    list_filter = ["is_active"]
    searched = ("id", "workflow", "workflow__slug", "event_type")
    list_select_related = ["workflow", "workspace"]


@admin.register(Pattern)
class PatternAdmin(ReadOnlyAdmin[Pattern]):
    """Conditions on events with a name. Written by the API, which checks them and lets triggers follow."""

    list_display = ["name", "type", "event_type", "is_active", "revision", "edited_by", "workspace"]
    list_filter = ["is_active"]
    searched = ("id", "name", "event_type")
    list_select_related = ["workspace"]
    fields = [
        "workspace", "id", "name", "description", "type", "event_type", "is_active", "revision", "edited_by", "wanted",
    ]  # fmt: skip
    readonly_fields = ["wanted"]

    @admin.display(description="parameters, filters, conditions")
    def wanted(self, row: Pattern) -> SafeString:
        return pretty({"params": row.params, "filters": row.filters, "conditions": row.conditions})


@admin.register(TriggerState)
class TriggerStateAdmin(ReadOnlyAdmin[TriggerState]):
    """What triggers that count have seen so far."""

    list_display = ["trigger", "label", "expires_at", "workspace"]
    searched = ("id", "trigger")
    list_select_related = ["trigger__workflow", "workspace"]
    fields = ["workspace", "id", "trigger", "label", "expires_at", "counted"]
    readonly_fields = ["counted"]

    @admin.display(description="state")
    def counted(self, row: TriggerState) -> SafeString:
        return pretty(row.state)


@admin.register(Hook)
class HookAdmin(ReadOnlyAdmin[Hook]):
    """The URLs of webhooks, and what arrived there."""

    list_display = [
        "trigger",
        "workspace",
        "last_received_at",
        "accepted",
        "refused",
        "last_refused_at",
        "last_refusal",
    ]
    list_select_related = ["trigger__workflow", "workspace"]
    searched = ("public_id",)


@admin.register(Firing)
class FiringAdmin(ReadOnlyAdmin[Firing]):
    """What fired."""

    list_display = ["id", "trigger", "event", "fired_at", "workspace"]
    list_select_related = ["trigger__workflow", "event", "workspace"]
    searched = ("id", "event", "event__event_id")


@admin.register(Wait)
class WaitAdmin(ReadOnlyAdmin[Wait]):
    """Who waits for what."""

    list_display = ["waiter", "event_type", "since", "created_at", "workspace"]
    searched = ("id", "waiter", "event_type")
    list_select_related = ["workspace"]
    fields = ["workspace", "id", "waiter", "event_type", "since", "created_at", "wanted"]
    readonly_fields = ["wanted"]

    @admin.display(description="condition")
    def wanted(self, row: Wait) -> SafeString:
        return pretty(row.condition)


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin[Subscription]):
    """When what listened."""

    list_display = ["trigger", "event_type", "since", "until", "ended_by", "created_at", "ended_at", "workspace"]
    searched = ("id", "trigger", "trigger__workflow__slug")
    list_select_related = ["trigger__workflow", "workspace"]


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin[Decision]):
    """What was held back, or could not be evaluated."""

    list_display = ["event", "trigger", "verdict", "code", "reason", "until", "decided_at", "workspace"]
    list_filter = ["verdict"]
    searched = ("id", "event", "trigger", "event__event_id")
    list_select_related = ["event", "trigger__workflow", "workspace"]


@admin.register(Catalogue)
class CatalogueAdmin(ReadOnlyAdmin[Catalogue]):
    """How often what listens has changed."""

    list_display = ["workspace", "generation"]
    list_select_related = ["workspace"]


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin[Snapshot]):
    """What workspaces said of themselves when events were decided."""

    list_display = ["digest", "workspace", "created_at"]
    list_select_related = ["workspace"]
    fields = ["workspace", "id", "digest", "created_at", "said"]
    readonly_fields = ["said"]

    @admin.display(description="state")
    def said(self, row: Snapshot) -> SafeString:
        return pretty(row.state)


@admin.register(Tally)
class TallyAdmin(ReadOnlyAdmin[Tally]):
    """How many events were decided, and what became of them."""

    list_display = ["event_type", "generation", "trigger", "seen", "fired", "suppressed", "failed", "workspace"]
    searched = ("event_type",)
    list_select_related = ["trigger__workflow", "workspace"]


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin[Schedule]):
    """When workflows are started by the clock."""

    list_display = ["trigger", "next_slot", "next_fire_at", "last_slot", "is_active", "workspace"]
    list_filter = ["is_active"]
    searched = ("id", "trigger", "trigger__workflow__slug")
    list_select_related = ["trigger__workflow", "workspace"]
    fields = [
        "workspace", "id", "trigger", "is_active", "anchor_at", "next_slot", "next_fire_at", "last_slot", "wanted",
    ]  # fmt: skip
    readonly_fields = ["wanted"]

    @admin.display(description="parameters")
    def wanted(self, row: Schedule) -> SafeString:
        return pretty(row.params)


@admin.register(Tick)
class TickAdmin(ReadOnlyAdmin[Tick]):
    """What became of the times of schedules."""

    list_display = ["schedule", "scheduled_for", "status", "slots", "reason", "workspace"]
    list_filter = ["status"]
    searched = ("id", "schedule", "event")
    list_select_related = ["schedule__trigger__workflow", "workspace"]


@admin.register(QueryWatch)
class QueryWatchAdmin(ReadOnlyAdmin[QueryWatch]):
    """The queries of triggers, and why they have no answer."""

    list_display = ["trigger", "is_active", "next_run_at", "last_run_at", "rows", "failures", "workspace"]
    list_filter = ["is_active"]
    searched = ("id", "trigger", "trigger__workflow__slug")
    list_select_related = ["trigger__workflow", "workspace"]
    fields = [
        "workspace", "id", "trigger", "is_active", "next_run_at", "last_run_at", "rows", "failures", "wanted", "said",
    ]  # fmt: skip
    readonly_fields = ["wanted", "said"]

    @admin.display(description="parameters")
    def wanted(self, row: QueryWatch) -> SafeString:
        return pretty(row.params)

    @admin.display(description="error, warnings")
    def said(self, row: QueryWatch) -> SafeString:
        return pretty({"error": row.error, "warnings": row.warnings})


@admin.register(TableChange)
class TableChangeAdmin(ReadOnlyAdmin[TableChange]):
    """What happened to rows of watched tables, until the sweep tells it: where rows stay, no sweep runs."""

    list_display = ["id", "operation", "name", "key", "source", "workspace", "at"]
    list_select_related = ["workspace"]
    fields = ["id", "workspace", "operation", "name", "source", "at"]


@admin.register(EventDay)
class EventDayAdmin(ReadOnlyAdmin[EventDay]):
    """How much of the daily quota of events is used."""

    list_display = ["on", "accepted", "workspace"]
    list_select_related = ["workspace"]
