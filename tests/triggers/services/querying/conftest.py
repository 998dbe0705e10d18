"""Events of two workspaces, committed: queries come over a connection of their own."""

from datetime import UTC, datetime
from typing import Any

import pytest

from core import tenancy
from core.models import Workspace
from tests import factories
from triggers.engine.incoming import IncomingEvent
from triggers.services import ingest
from triggers.services.querying import running

CANARY = "canary-of-another-workspace"


def accept(workspace: Workspace, id_: str, type_: str, *, hour: int = 9, subject: str = "", **data: Any) -> None:
    """Accept an event of the last of January."""
    incoming = IncomingEvent(
        type=type_, id=id_, subject=subject, time=datetime(2026, 1, 31, hour, tzinfo=UTC), data=data
    )
    with tenancy.scope(workspace.pk):
        ingest.accept(incoming, workspace=workspace)


@pytest.fixture(autouse=True)
def no_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PER_MINUTE", 10_000)


@pytest.fixture
def events(transactional_db: None) -> Workspace:
    """A workspace with four events, beside another that has a canary."""
    workspace, other = factories.WorkspaceFactory.create(), factories.WorkspaceFactory.create()
    lines = [{"sku": "a"}, {"sku": "b"}]
    accept(workspace, "o1", "order.placed", subject="ada", total=10, paid=True, customer={"city": "Oslo"}, lines=lines)
    accept(workspace, "o2", "order.placed", hour=10, total=20, customer={"city": "Rome"}, lines=lines[:1])
    accept(workspace, "o3", "order.placed", hour=11, total=30.5, paid=True, customer={"city": "Oslo"})
    accept(workspace, "l1", "lead.created", hour=12, subject="ada", note="100%")
    accept(other, CANARY, f"{CANARY}.happened", subject=CANARY, secret=CANARY, total=CANARY)
    return workspace
