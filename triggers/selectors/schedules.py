"""Read schedules with what a list shows of them, in one query."""

from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from core.searching import id_or_slug
from triggers.models import Schedule, Tick
from triggers.selectors import triggers

SHOWN_TICKS = 20

_SHOWN = {name: name for name in ("scheduled_for", "status", "reason")}


def listed(
    *,
    workflow: str | None = None,
    is_active: bool | None = None,
    q: str | None = None,
    due_before: datetime | None = None,
) -> QuerySet[Schedule]:
    """The schedules of the workspace in scope for which all that is given holds, each with its workflow, and its newest
    tick as `last_tick`.

    `workflow` is an id or a slug, `q` a part of its name or of the trigger's key. Shape of `last_tick`:
    `{"scheduled_for", "status", "reason"}`, or None.
    """
    newest = Tick.objects.filter(schedule=OuterRef("pk")).order_by("-id").values(shown=JSONObject(**_SHOWN))[:1]
    rows = Schedule.objects.select_related("trigger__workflow").annotate(last_tick=Subquery(newest))
    rows = rows.filter(id_or_slug(workflow, at="trigger__workflow") if workflow else Q())
    rows = rows.filter(triggers.named(q, at="trigger__") if q else Q())
    same = {"is_active": is_active, "next_fire_at__lt": due_before}
    rows = rows.filter(**{column: value for column, value in same.items() if value is not None})
    return rows.defer("trigger__workflow__draft", "trigger__workflow__layout", "trigger__conditions")


def last_ticks(schedule: Schedule) -> list[Tick]:
    """What became of the newest times of a schedule, the newest first."""
    return list(Tick.objects.filter(schedule=schedule)[:SHOWN_TICKS])
