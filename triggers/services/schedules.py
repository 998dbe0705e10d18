"""Keep the schedules of triggers as their workflows say, and tell what they will do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from django.db import connection
from django.utils import timezone

from core import tenancy
from core.errors import InvalidError, Problem
from core.models import Workspace
from triggers import resolving
from triggers.engine import schedules
from triggers.engine.schedules import catching_up
from triggers.engine.schedules.catching_up import Policy
from triggers.models import Schedule, Trigger

TYPE = "schedule"
PREVIEWED = 10
_NEVER = datetime.max.replace(tzinfo=UTC)
_COLUMNS = ["params", "is_active", "anchor_at", "next_slot", "next_fire_at", "updated_at"]


def follow(triggers: Sequence[Trigger]) -> None:
    """Let the schedules of a workflow be those of its triggers (`catalogue.FOLLOWERS`).

    1. New, or with other parameters than before: it starts, from now.
    2. With the same parameters, and active already: it keeps its position.
    3. Paused or disabled: it stops. What would have come meanwhile does not happen, and leaves no ticks.
    4. Active again: it goes on from now; `every_seconds` keeps counting from where it began.
    """
    known = {row.trigger_id: row for row in Schedule.objects.filter(trigger__in=[row.pk for row in triggers])}
    wanted = {row.pk: row for row in triggers if row.type == TYPE and row.is_active}
    stopped = [row.pk for key, row in known.items() if row.is_active and key not in wanted]
    if stopped:
        Schedule.objects.filter(pk__in=stopped).update(
            is_active=False, next_slot=None, next_fire_at=None, updated_at=timezone.now()
        )
    if not wanted:
        return
    zone = Workspace.objects.values_list("time_zone", flat=True).get(pk=tenancy.current_workspace_id())
    now = database_now()
    rows = [_started(trigger, known.get(key), zone=zone, now=now) for key, trigger in wanted.items()]
    changed = [row for row in rows if row is not None]
    Schedule.objects.bulk_create(changed, update_conflicts=True, unique_fields=["trigger"], update_fields=_COLUMNS)


def policy(row: Schedule) -> Policy:
    """How the schedule fires."""
    params = row.params
    return Policy(
        spec=schedules.of(params, anchor=row.anchor_at),
        key=str(row.pk),
        jitter_seconds=params.get("jitter_seconds", 0),
        catch_up=params.get("catch_up", "latest"),
        max_catch_up=params.get("max_catch_up", 100),
    )


def _started(trigger: Trigger, known: Schedule | None, *, zone: str, now: datetime) -> Schedule | None:
    """The schedule from now on; None when it goes on as it is."""
    params = {**trigger.params, "timezone": trigger.params.get("timezone") or zone}
    is_same = known is not None and known.params == params
    if known is not None and is_same and known.is_active:
        return None
    row = known or Schedule(workspace_id=trigger.workspace_id, trigger=trigger)
    row.params, row.is_active = params, True
    row.anchor_at = row.anchor_at if is_same else now
    row.next_slot, row.next_fire_at = catching_up.following(policy(row), now)
    return row


def upcoming(row: Schedule) -> list[datetime]:
    """The times that a schedule will fire at, in its time zone, so many as are previewed; none while it stops."""
    if not row.is_active or row.next_slot is None:
        return []
    spec = policy(row).spec
    later = schedules.between(spec, row.next_slot, _NEVER, PREVIEWED - 1)
    return [each.astimezone(spec.zone) for each in (row.next_slot, *later)]


def database_now() -> datetime:
    """The one clock for what is due: two machines need not agree."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cast("datetime", (cursor.fetchone() or (None,))[0])


@dataclass(frozen=True, slots=True)
class Preview:
    """What a schedule means: in words, and its next times in its time zone."""

    sentence: str
    times: list[datetime]
    timezone: str


def preview(type_: str, params: Mapping[str, Any], *, zone: str, now: datetime) -> Preview:
    """What a trigger would do that is published at `now`; `zone` is the workspace's.

    Raises `InvalidError` with every problem, and for a type that is no schedule. Paths are those of the trigger.
    """
    resolved = resolving.resolve(type_, params)
    if resolved.trigger_type.key != TYPE:
        message = f"Only schedules have a preview; {type_[:64]!r} is none."
        raise InvalidError(message, problems=[Problem("/type", "invalid", message)])
    spec = schedules.of(resolved.params.model_dump(), anchor=now, zone=zone)
    found = schedules.between(spec, now, _NEVER, PREVIEWED)
    times = [each.astimezone(spec.zone) for each in found]
    return Preview(schedules.sentence(spec), times, spec.zone.key)
