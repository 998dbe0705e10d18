"""A trigger that waits for what does not come, and the events that it sees, as of some time ago."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from core import tenancy
from core.models import Workspace
from tests import factories
from triggers.models import Decision, Event, Firing
from triggers.services import matching
from workflows.models import Workflow

Json = dict[str, Any]
UNPAID: Json = {
    "event": "order.paid", "after": {"event": "order.created", "filters": {"total": {"gte": 10}}},
    "within_seconds": 3600, "key": "{{ id }}",
}  # fmt: skip


def listening(workspace: Workspace, name: str = "Greet", **changes: Any) -> Workflow:
    """A published workflow with one trigger, `unpaid`."""
    trigger = {"id": "unpaid", "type": "absence", "params": {**UNPAID, **changes}}
    params = {"message": "{{ key }} {{ missing }} {{ after.data.total }}"}
    return factories.published(
        workspace, factories.definition({"type": "log_event", "params": params}, name=name, triggers=[trigger])
    )


def stored(workspace: Workspace, type_: str, *, ago: float = 0, **data: Any) -> Event:
    """An event that was received so many seconds ago, and that nobody has decided on."""
    event = factories.event(workspace, type_, **data)
    with tenancy.scope(workspace.pk):
        Event.objects.filter(pk=event.pk).update(received_at=timezone.now() - timedelta(seconds=ago))
    event.refresh_from_db()
    return event


def came(workspace: Workspace, type_: str, *, ago: float = 0, **data: Any) -> Event:
    """The same, decided on."""
    event = stored(workspace, type_, ago=ago, **data)
    matching.match(event.pk)
    return event


def created(workspace: Workspace, id_: int = 7, *, ago: float = 0) -> Event:
    """An order was created."""
    return came(workspace, "order.created", ago=ago, id=id_, total=10)


def alarms(workspace: Workspace) -> list[Event]:
    """The events that say that clocks ran out."""
    with tenancy.scope(workspace.pk):
        return list(Event.objects.filter(type="absence.noticed").order_by("id"))


def decide(workspace: Workspace) -> list[Event]:
    """Decide on the alarms; returns them."""
    found = alarms(workspace)
    matching.match_many([event.pk for event in found])
    return found


def fired(workspace: Workspace) -> int:
    """How many runs were started."""
    with tenancy.scope(workspace.pk):
        return Firing.objects.count()


def later(seconds: float) -> datetime:
    """An instant so many seconds from now."""
    return timezone.now() + timedelta(seconds=seconds)


def reasons(workspace: Workspace) -> list[tuple[str, str, str]]:
    """What was told of each event that fired nothing: verdict, code and reason."""
    with tenancy.scope(workspace.pk):
        return list(Decision.objects.order_by("event_id").values_list("verdict", "code", "reason"))
