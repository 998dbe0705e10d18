from uuid import UUID

import pytest

from core import tenancy
from core.models import Workspace
from triggers.models import Snapshot
from triggers.services import snapshots

pytestmark = pytest.mark.usefixtures("scope")


def keep(workspace: Workspace) -> UUID:
    return snapshots.keep(snapshots.state_of(workspace), workspace_id=workspace.pk)


def test_a_state_is_stored_once_for_each_content(workspace: Workspace) -> None:
    workspace.settings = {"plan": "free"}
    first, again = keep(workspace), keep(workspace)
    workspace.settings = {"plan": "gold"}
    second = keep(workspace)

    assert first == again != second
    rows = {row.pk: row.state["workspace"]["plan"] for row in Snapshot.objects.all()}
    assert rows == {first: "free", second: "gold"}


def test_equal_states_of_two_workspaces_are_two(workspace: Workspace, other_workspace: Workspace) -> None:
    state = {"workspace": {}, "vars": {}, "zone": "UTC"}

    first = snapshots.keep(state, workspace_id=workspace.pk)

    with tenancy.scope(other_workspace.pk):
        assert first != snapshots.keep(state, workspace_id=other_workspace.pk)


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_stored_the_next_time(workspace: Workspace) -> None:
    from django.db import transaction

    with transaction.atomic():
        id_ = keep(workspace)
        transaction.set_rollback(True)

    assert keep(workspace) == id_
    assert Snapshot.objects.filter(pk=id_).exists()
    keep(workspace)
    assert id_ in snapshots._stored
