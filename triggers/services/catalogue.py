"""Keep what listens in a workspace as the active versions of its workflows say, and remember when it did."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import F, Min, QuerySet
from django.utils import timezone

from core import tenancy
from core.preconditions import state_of
from triggers.models import Catalogue, Event, Subscription, Trigger
from triggers.services import hooks, patterns, query_watches, schedules
from triggers.services.patterns import Heard
from triggers.types.pattern import KEY as PATTERN


@dataclass(frozen=True, slots=True)
class TriggerSpec:
    """A trigger as a definition describes it, its conditions already joined with those of the workflow."""

    key: str
    type: str
    event_type: str
    filters: Mapping[str, Any]
    conditions: Mapping[str, Any] | None
    params: Mapping[str, Any] = field(default_factory=dict)
    is_enabled: bool = True


# What some types of triggers need besides: each is told of all triggers of a workflow after any of them changed, inside
# the transaction of the change, and looks at `type` and `is_active` of each.
FOLLOWERS: tuple[Callable[[Sequence[Trigger]], None], ...] = (
    hooks.follow, schedules.follow, query_watches.follow,
)  # fmt: skip


@transaction.atomic
def listen(*, workflow_id: UUID, version_id: UUID, is_listening: bool, because: str = "paused") -> None:
    """Let the triggers of a version listen, those that are enabled, or none of them; `because`: of what they stop, a
    word of `Subscription.ended_by`."""
    generation = _next_generation()
    _end(Subscription.objects.filter(workflow_id=workflow_id), at=generation, because=because)
    own = Trigger.objects.filter(workflow_id=workflow_id, version_id=version_id)
    own.update(is_active=False)
    if is_listening:
        own.filter(is_enabled=True).update(is_active=True)
    _begin(Trigger.objects.filter(workflow_id=workflow_id), since=generation)


@transaction.atomic
def forget(version_ids: Collection[UUID]) -> set[UUID]:
    """Forget when these versions listened, as far as no event that is kept can be explained by it; returns those of
    which nothing is left. One whose triggers are there, or that listens, stays."""
    first = Event.objects.aggregate(first=Min("generation"))["first"]
    over = Subscription.objects.filter(version_id__in=version_ids, until__isnull=False)
    (over if first is None else over.filter(until__lte=first)).delete()
    left = Subscription.objects.filter(version_id__in=version_ids).values_list("version_id", flat=True)
    listed = Trigger.objects.filter(version_id__in=version_ids).values_list("version_id", flat=True)
    return set(version_ids) - set(left) - set(listed)


def state(trigger: Trigger, part: Mapping[str, Any] | None) -> str:
    """The state of a trigger that stands so in the draft, as its `ETag` begins with it."""
    return state_of([trigger.version_id, trigger.is_enabled, trigger.is_active, part])


@transaction.atomic
def enable(trigger: Trigger, *, is_enabled: bool, is_listening: bool) -> None:
    """Switch one trigger on or off; `is_listening` says whether those of its workflow listen at all."""
    generation = _next_generation()
    _end(Subscription.objects.filter(trigger=trigger), at=generation, because="disabled")
    is_active = is_enabled and is_listening
    Trigger.objects.filter(pk=trigger.pk).update(is_enabled=is_enabled, is_active=is_active, updated_at=timezone.now())
    _begin(Trigger.objects.filter(workflow_id=trigger.workflow_id), since=generation)


@transaction.atomic
def follow_pattern(name: str) -> int:
    """Let everybody who names the pattern listen to what it says by now, or to nothing while it is switched off;
    returns how many triggers that are.

    Concurrency: whoever publishes at the same moment waits for the generation, and reads the pattern after it.
    """
    generation = _next_generation()
    rows = Trigger.objects.filter(type=PATTERN, params__pattern=name, version=F("workflow__active_version"))
    rows = rows.filter(is_enabled=True, workflow__status="active")
    ids = list(rows.values_list("pk", flat=True))
    _end(Subscription.objects.filter(trigger_id__in=ids), at=generation, because="pattern")
    own = Trigger.objects.filter(pk__in=ids)
    own.update(is_active=True)
    _begin(own, since=generation)
    return len(ids)


@transaction.atomic
def lock() -> None:
    """Let nobody else change what listens until the end of the transaction."""
    _next_generation()


@transaction.atomic
def replace(specs: Sequence[TriggerSpec], *, workflow_id: UUID, version_id: UUID) -> None:
    """Make these the triggers of a workflow. Keys that are gone stop listening; their rows stay for their firings."""
    generation = _next_generation()
    _end(Subscription.objects.filter(workflow_id=workflow_id), at=generation, because="replaced")
    Trigger.objects.filter(workflow_id=workflow_id).update(is_active=False)
    rows = [
        Trigger(
            workspace_id=tenancy.current_workspace_id(),
            workflow_id=workflow_id,
            version_id=version_id,
            key=spec.key,
            type=spec.type,
            params=dict(spec.params),
            event_type=spec.event_type,
            filters=dict(spec.filters),
            conditions=spec.conditions,
            is_enabled=spec.is_enabled,
            is_active=spec.is_enabled,
        )
        for spec in specs
    ]
    # Not update_or_create: it locks the row FOR UPDATE, which deadlocks with the firings that refer to it meanwhile.
    Trigger.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["workflow", "key"], update_fields=_FROM_DEFINITION
    )
    _begin(Trigger.objects.filter(workflow_id=workflow_id), since=generation)


_FROM_DEFINITION = [
    "version", "type", "params", "event_type", "filters", "conditions", "is_enabled", "is_active", "updated_at"
]  # fmt: skip


def _next_generation() -> int:
    """Concurrency: the row is locked until the change is committed, so a generation has all its changes or none."""
    workspace_id = tenancy.current_workspace_id()
    Catalogue.objects.bulk_create([Catalogue(workspace_id=workspace_id)], ignore_conflicts=True)
    row = Catalogue.objects.select_for_update(no_key=True).get()
    row.generation += 1
    row.save(update_fields=["generation"])
    return row.generation


def _end(subscriptions: Any, *, at: int, because: str) -> None:
    subscriptions.filter(until=None).update(until=at, ended_by=because, ended_at=timezone.now())


def _begin(rows: QuerySet[Trigger], *, since: int) -> None:
    """A subscription for every trigger that listens and has none; then tell those who follow."""
    triggers = list(rows)
    lasting = set(Subscription.objects.filter(trigger__in=triggers, until=None).values_list("trigger_id", flat=True))
    new = [row for row in triggers if row.is_active and row.version_id is not None and row.pk not in lasting]
    heard = dict(zip(new, patterns.heard(new), strict=True))
    _follow_patterns(heard)
    Subscription.objects.bulk_create(
        Subscription(
            workspace_id=row.workspace_id,
            trigger=row,
            workflow_id=row.workflow_id,
            version_id=cast("UUID", row.version_id),
            event_type=says.event_type,
            filters=says.filters,
            conditions=says.conditions,
            detector=says.detector,
            since=since,
        )
        for row, says in heard.items()
        if says.is_on
    )
    for follow in FOLLOWERS:
        follow(triggers)


def _follow_patterns(heard: Mapping[Trigger, Heard]) -> None:
    """Show at the triggers that name a pattern what it listens to, and that they do not while it is switched off."""
    for row, says in heard.items():
        if row.type == PATTERN:
            row.event_type, row.is_active = says.event_type, says.is_on
    Trigger.objects.bulk_update([row for row in heard if row.type == PATTERN], ["event_type", "is_active"])
