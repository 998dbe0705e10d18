"""What tests of the ways in ask for."""

from collections.abc import Callable, Iterator

import pytest

from core import tenancy
from core.models import Workspace
from examples.crm import watching
from triggers.models import Event

Told = Callable[[], list[Event]]


@pytest.fixture
def unwatched() -> Iterator[None]:
    """The models of `examples.crm` are watched as the test says, and afterwards as they were."""
    watching.end()
    yield
    watching.end()
    watching.begin()


@pytest.fixture
def told(workspace: Workspace) -> Told:
    """Answers the events of the workspace, oldest first."""

    def read() -> list[Event]:
        with tenancy.scope(workspace.pk):
            return list(Event.objects.order_by("id"))

    return read
