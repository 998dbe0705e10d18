"""Workflows whose runs wait for each other, for tests."""

from collections.abc import Sequence
from typing import Any

from core import tenancy
from core.models import Workspace
from tests import factories
from triggers.services import matching
from workflows.models import Run, Workflow
from workflows.services import recovery

WAIT = {"id": "wait", "type": "wait_for_event", "params": {"event": "never.comes"}}
OPEN = ["queued", "running", "waiting", "needs_decision"]


def published(workspace: Workspace, *actions: dict[str, Any], name: str = "Sync", **settings: Any) -> Workflow:
    """A workflow with these settings; without actions it does one that a test may execute, or leave."""
    return factories.published(workspace, factories.definition(*actions, name=name, settings=settings))


def capped(workspace: Workspace, ceiling: int) -> None:
    """Let no workflow of the workspace have more runs at once, whatever their keys."""
    workspace.flow = {"ceilings": {"concurrency": ceiling}}
    workspace.save()


def sent(workspace: Workspace, **data: Any) -> Run:
    """The run that an event starts."""
    event = factories.event(workspace, **data)
    matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        return Run.objects.get(event=event)


def sent_many(workspace: Workspace, number: int, **data: Any) -> None:
    """So many events, decided in one transaction."""
    matching.match_many([factories.event(workspace, **data).pk for _ in range(number)])


def opened() -> None:
    """What lost messages left behind is found."""
    recovery.open_lanes()


def now(runs: Sequence[Run]) -> list[str]:
    """How far each is: its status, or that it is held."""
    with tenancy.unscoped("tests look at everything"):
        found = {run.pk: run for run in Run.objects.filter(pk__in=[run.pk for run in runs])}
    return ["held" if found[run.pk].held_at else found[run.pk].status for run in runs]


def going(workspace: Workspace) -> int:
    """How many runs have started and not ended."""
    with tenancy.scope(workspace.pk):
        return Run.objects.filter(status__in=OPEN, held_at=None).count()
