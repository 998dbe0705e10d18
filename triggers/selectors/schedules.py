"""Read schedules with what a list shows of them, in one query."""

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from triggers.models import Schedule, Tick

_SHOWN = {name: name for name in ("scheduled_for", "status", "reason")}


def listed() -> QuerySet[Schedule]:
    """The schedules of the workspace in scope, each with its workflow, and its newest tick as `last_tick`.

    Shape of `last_tick`: `{"scheduled_for", "status", "reason"}`, or None.
    """
    newest = Tick.objects.filter(schedule=OuterRef("pk")).order_by("-id").values(shown=JSONObject(**_SHOWN))[:1]
    rows = Schedule.objects.select_related("trigger__workflow").annotate(last_tick=Subquery(newest))
    return rows.defer("trigger__workflow__draft", "trigger__workflow__layout", "trigger__conditions")
