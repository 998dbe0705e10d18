"""Workflows that gather events, and what becomes of those."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from core import tenancy
from core.models import Workspace
from tests import factories
from triggers.models import Decision, Event, Firing
from triggers.services import matching
from workflows.models import Gathering, Run, Workflow
from workflows.services.flow import closing


def published(workspace: Workspace, *, name: str = "Gather", **settings: Any) -> Workflow:
    """An active workflow on `lead.created` with these settings."""
    return factories.published(workspace, factories.definition(name=name, settings=settings))


def send(workspace: Workspace, number: int = 1, **data: Any) -> list[Event]:
    """So many events with this data, each with its number as `n`, decided one after the other."""
    events = [factories.event(workspace, n=n, **data) for n in range(1, number + 1)]
    for event in events:
        matching.match(event.pk)
    return events


def later(seconds: float) -> datetime:
    """An instant, seen from now."""
    return timezone.now() + timedelta(seconds=seconds)


def close_all(*, after_seconds: float = 3600) -> int:
    """Let so much time pass, and close what is due."""
    return closing.sweep(now=later(after_seconds))


def verdicts(*events: Event) -> list[str]:
    """What became of each event at the only trigger, as `verdict` or `verdict:code`, from the rows."""
    with tenancy.unscoped("tests look at everything"):
        return [_verdict(event) for event in events]


def _verdict(event: Event) -> str:
    found = [f"{row.verdict}:{row.code}" for row in Decision.objects.filter(event=event)]
    found += ["fired" for _ in Firing.objects.filter(event=event)]
    return " and ".join(found)


def counts(event: Event) -> dict[str, int]:
    """The stored summary of an event, without what is 0 and what is near."""
    with tenancy.unscoped("tests look at everything"):
        event.refresh_from_db()
    return {name: number for name, number in (event.decision or {}).items() if name != "near" and number}


def runs(workspace: Workspace) -> list[Run]:
    """All runs, the oldest first."""
    with tenancy.scope(workspace.pk):
        return list(Run.objects.select_related("event", "firing").order_by("pk"))


def rows(workspace: Workspace) -> list[Gathering]:
    """All gatherings, the oldest first."""
    with tenancy.scope(workspace.pk):
        return list(Gathering.objects.order_by("pk"))
