"""What a preview leaves behind: nothing, in the memory of the process either."""

import pytest

from actions.connectors import stored
from actions.services import connectors
from core import tenancy
from core.actors import Actor
from core.models import Workspace
from tests import factories
from tests.workflows.api.transfers import CONNECTOR
from workflows.services.transfer import restoring
from workflows.services.transfer.outcomes import Conflict
from workflows.services.transfer.restoring import Wish

pytestmark = pytest.mark.django_db


def test_a_preview_leaves_nothing_in_memory_either(workspace: Workspace) -> None:
    """A connector that a preview replaced is seen by nobody as the preview had it, though its version comes again."""
    calling = factories.definition(
        {"type": "connector_request", "params": {"connector": "shop", "operation": "list_orders"}}
    )
    bundle = {
        "manifest": {"format": 1},
        "connectors": [{**CONNECTOR, "title": "Previewed"}],
        "workflows": [{"draft": calling}],
    }
    with tenancy.scope(workspace.pk):
        connectors.create(CONNECTOR)
        restoring.run(bundle, Wish(Conflict.REPLACE), by=Actor("test"))
        connectors.put("shop", {**CONNECTOR, "title": "Stored"})
        found = stored.find("shop")

    assert found is not None
    assert found.document.title == "Stored"
