"""`manage.py connections list|test`."""

import pytest
from django.core.management import CommandError

from actions.models import Connection
from actions.services import connections
from core import tenancy
from core.models import Workspace
from tests import commands

pytestmark = pytest.mark.django_db
CANARY = "canary-c4n4ry"


@pytest.fixture
def shop(workspace: Workspace) -> Connection:
    with tenancy.scope(workspace.pk):
        return connections.create(
            name="shop",
            kind="http_bearer",
            settings_={"base_url": "http://10.0.0.1/", "test_path": "/me"},
            secrets={"token": CANARY},
        )


def test_connections_are_listed_without_what_is_secret(workspace: Workspace, shop: Connection) -> None:
    lines = commands.said("connections", "list", workspace=workspace)
    [body] = commands.body("connections", "list", workspace=workspace)

    assert [line.split()[:2] for line in lines] == [["name", "kind"], ["shop", "http_bearer"]]
    assert (body["secrets"], CANARY in str([lines, body])) == ({"token": "set"}, False)


def test_one_that_does_not_work_is_a_failure(
    workspace: Workspace, shop: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="1"):
        commands.said("connections", "test", "shop", workspace=workspace)

    with tenancy.scope(workspace.pk):
        row = Connection.objects.get()
    assert row.tested_at is not None
    assert row.test_error is not None


def test_connections_of_others_are_not_there(other_workspace: Workspace, shop: Connection) -> None:
    for id_ in ("shop", str(shop.pk)):
        with pytest.raises(CommandError, match="There is no connection"):
            commands.said("connections", "test", id_, workspace=other_workspace)

    assert commands.body("connections", "list", workspace=other_workspace) == []
