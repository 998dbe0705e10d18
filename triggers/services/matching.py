"""Let the triggers of a workspace, and those who wait, decide on an event, once, and hand over what fired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core import tenancy
from core.context import workspace_names
from core.expressions import scope as scopes
from core.expressions import templates
from core.expressions.conditions import Condition, InvalidConditionError
from core.expressions.scope import Scope
from triggers import ports
from triggers.context import event_names
from triggers.engine import matching, patterns
from triggers.models import Event, Firing, Trigger
from triggers.services import waits

log = structlog.get_logger(__name__)


def match_many(event_ids: Sequence[UUID]) -> None:
    """Decide on events."""
    for event_id in event_ids:
        match(event_id)


def match(event_id: UUID) -> None:
    """Decide on an event and store its firings, in one transaction. Does nothing for an event that was decided before.

    Concurrency: a doubled message waits on the row and then finds it decided. Who begins to wait meanwhile is not seen
    here, but sees the event itself (`waits.look_back`), which was stored before.
    """
    with tenancy.unscoped("the message names an event, and the event its workspace"):
        events = Event.objects.select_related("workspace").annotate(is_waited_for=waits.any_for())
        event = events.filter(pk=event_id, matched_at__isnull=True).first()
    if event is None:
        return
    now = timezone.now()
    with tenancy.scope(event.workspace_id), transaction.atomic():
        if not Event.objects.filter(pk=event_id, matched_at__isnull=True).update(matched_at=now, hinted_at=None):
            return
        scope = _scope(event, now=now)
        fired = [trigger for trigger in _listening(event.type) if _holds(trigger, scope)]
        ports.hand_over(_store(fired, event, now=now))
        waiters = waits.met_by(event) if event.is_waited_for else []
        ports.arrived(waiters, event)
    log.info("event matched", event_id=str(event.pk), type=event.type, fired=len(fired), awaited=len(waiters))


def _listening(event_type: str) -> list[Trigger]:
    rows = Trigger.objects.filter(Q(event_type=event_type) | Q(event_type__contains="*"), is_active=True)
    return [row for row in rows.order_by("id") if patterns.matches(row.event_type, event_type)]


def _scope(event: Event, *, now: datetime) -> Scope:
    """The names that conditions see. What a definition's check lets them name: `workflows.definitions.references`."""
    return scopes.build(
        now=now,
        zone=event.workspace.time_zone,
        event=event_names(event),
        workspace=workspace_names(event.workspace),
        vars=event.workspace.variables,
    )


def _holds(trigger: Trigger, scope: Scope) -> bool:
    """Whether the trigger fires. One that cannot be evaluated, or not in time, does not, and stops no other."""
    try:
        rules = _compiled(_Source(trigger.version_id, trigger.key, trigger.filters, trigger.conditions))
        with templates.within(matching.MAX_SECONDS):
            return rules.evaluate(scope).holds
    except InvalidConditionError as error:  # published before an operator was taken away
        log.warning("trigger cannot be evaluated", trigger_id=str(trigger.pk), error=error.detail)
    except Exception:
        log.exception("trigger cannot be evaluated", trigger_id=str(trigger.pk))
    return False


@dataclass(frozen=True, slots=True)
class _Source:
    """The predicates of a trigger. Those of a version never change, so version and key stand for them."""

    version_id: UUID
    key: str
    filters: Mapping[str, Any] = field(compare=False)
    conditions: Mapping[str, Any] | None = field(compare=False)


@lru_cache(maxsize=10_000)
def _compiled(source: _Source) -> Condition:
    return matching.compile_rules(source.filters, source.conditions)


def _store(fired: Sequence[Trigger], event: Event, *, now: datetime) -> list[Firing]:
    firings = [
        Firing(workspace_id=event.workspace_id, trigger=trigger, event=event, dedupe_key=str(event.pk), fired_at=now)
        for trigger in fired
    ]
    return Firing.objects.bulk_create(firings)
