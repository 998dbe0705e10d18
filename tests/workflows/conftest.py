"""The two ways in which workers go through a run."""

import pytest
from pytest_django import Settings


@pytest.fixture(params=[True, False], ids=["fast-forward", "strict"])
def both_modes(request: pytest.FixtureRequest, settings: Settings) -> bool:
    """The test is run twice: doing actions in place, and one message for each."""
    settings.RUN_FAST_FORWARD = request.param
    return bool(request.param)
