import pytest
from django.core.management import CommandError, call_command

from core import tenancy
from core.models import AuditEntry, Workspace
from tests import factories
from triggers.services import matching
from workflows.models import Run

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_workspace_goes_with_everything_in_it(
    workspace: Workspace, other_workspace: Workspace, empty_broker: object
) -> None:
    factories.published(workspace)
    matching.match(factories.event(workspace).pk)

    call_command("delete_workspace", workspace.slug, "--confirm", workspace.slug)

    with tenancy.unscoped("the test looks"):
        assert list(Workspace.objects.all()) == [other_workspace]
        assert (Run.objects.count(), AuditEntry.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope", "--confirm", "nope"], "There is no workspace 'nope'"),
        (["a", "--confirm", "b"], "must repeat the slug"),
    ],
)
def test_nothing_is_deleted_that_was_not_named_twice(workspace: Workspace, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("delete_workspace", *arguments)

    assert Workspace.objects.count() == 1
