"""Workflows that events ask to start at instants which the test names."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core import tenancy
from core.models import Workspace
from tests import factories
from triggers.models import Trigger
from triggers.ports import Admission, Wish
from triggers.services import snapshots
from workflows.models import Workflow
from workflows.services.flow import gate

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

Ask = Callable[..., list[Admission]]


def limited(workspace: Workspace, **settings: Any) -> Workflow:
    """A workflow with these settings, active."""
    return factories.published(workspace, factories.definition(settings=settings))


@pytest.fixture
def ask(workspace: Workspace) -> Ask:
    """What the gate says of an event with this data, so many seconds after noon; of several, together."""

    def admit(workflow: Workflow, seconds: float, *events: dict[str, Any]) -> list[Admission]:
        now = NOON + timedelta(seconds=seconds)
        with tenancy.scope(workspace.pk):
            workspace.refresh_from_db()
            workflow.refresh_from_db()
            trigger = Trigger(workspace=workspace, workflow=workflow, version=workflow.active_version, key="t1")
            rows = [factories.event(workspace, **data) for data in events or ({},)]
            scopes = [snapshots.scope_of(row, snapshots.state_of(workspace), now=now) for row in rows]
            wishes = [Wish(trigger, row, scope) for row, scope in zip(rows, scopes, strict=True)]
            return list(gate.admit(wishes, now=now))

    return admit


def verdicts(admissions: list[Admission]) -> list[str]:
    """What became of each: `fired`, or the code of what held it back."""
    return [each.code or each.verdict.value for each in admissions]
