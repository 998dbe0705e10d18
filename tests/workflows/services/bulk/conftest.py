"""The operations of the product, and one that fails when it is told to."""

import pytest

from tests.workflows.services.bulk.doing import Fragile
from workflows.services.bulk import table


@pytest.fixture
def fragile(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is an operation `fragile`."""
    monkeypatch.setattr(table, "OPERATIONS", (*table.OPERATIONS, Fragile()))
