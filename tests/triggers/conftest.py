"""What tests of the ways in ask for."""

from collections.abc import Callable, Iterator

import pytest

from core import tenancy
from core.models import Workspace
from tests.crm.models import Account, Deal
from triggers import data_changes
from triggers.models import Event

Told = Callable[[], list[Event]]


@pytest.fixture
def unwatched() -> Iterator[None]:
    """Whatever a test registers of `tests.crm` is forgotten afterwards."""
    yield
    for model in (Deal, Account):
        data_changes.unregister(model)


@pytest.fixture
def told(workspace: Workspace) -> Told:
    """Answers the events of the workspace, oldest first."""

    def read() -> list[Event]:
        with tenancy.scope(workspace.pk):
            return list(Event.objects.order_by("id"))

    return read
