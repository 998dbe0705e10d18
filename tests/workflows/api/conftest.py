"""Runs as people meet them over HTTP."""

from collections.abc import Callable
from functools import partial

import pytest

from core.models import Workspace
from tests.workflows import asking
from workflows.models import Run

Flow = Callable[..., Run]


@pytest.fixture
def flow(workspace: Workspace) -> Flow:
    """Publishes actions, lets an event start them, and goes on as far as it goes without waiting."""
    return partial(asking.started, workspace)
