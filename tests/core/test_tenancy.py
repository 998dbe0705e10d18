"""Tenancy: rows of a workspace are only seen inside its scope."""

import pytest

from core import tenancy
from core.models import Role, Secret, Workspace
from core.services import secrets, workspaces
from tests import factories, races


@pytest.fixture
def two_secrets(workspace: Workspace, other_workspace: Workspace) -> None:
    for each in (workspace, other_workspace):
        with tenancy.scope(each.pk):
            secrets.put(name="api_key", value=f"of {each.slug}")


def test_a_query_outside_a_scope_is_refused(two_secrets: None) -> None:
    with pytest.raises(tenancy.NoScopeError, match="Secret rows were queried outside"):
        Secret.objects.count()


def test_a_scope_shows_the_rows_of_its_workspace_only(workspace: Workspace, two_secrets: None) -> None:
    with tenancy.scope(workspace.pk):
        assert {row.workspace_id for row in Secret.objects.all()} == {workspace.pk}


def test_the_inner_scope_holds_and_the_outer_one_returns(
    workspace: Workspace, other_workspace: Workspace, two_secrets: None
) -> None:
    with tenancy.scope(workspace.pk):
        with tenancy.scope(other_workspace.pk):
            assert tenancy.current_workspace_id() == other_workspace.pk
        assert tenancy.current_workspace_id() == workspace.pk


def test_a_scope_ends_with_an_error_too(workspace: Workspace) -> None:
    with pytest.raises(ZeroDivisionError), tenancy.scope(workspace.pk):
        _ = 1 / 0

    with pytest.raises(tenancy.NoScopeError):
        tenancy.current_workspace_id()


def test_unscoped_code_sees_all_workspaces_and_says_why(
    workspace: Workspace, other_workspace: Workspace, two_secrets: None
) -> None:
    with tenancy.unscoped("the test looks at both"):
        found = set(Secret.objects.filter(name="api_key").values_list("workspace_id", flat=True))

    assert found == {workspace.pk, other_workspace.pk}
    with pytest.raises(ValueError, match="say why"), tenancy.unscoped(""):
        pass


def test_a_row_of_another_workspace_cannot_be_fetched_by_its_id(
    workspace: Workspace, other_workspace: Workspace, two_secrets: None
) -> None:
    with tenancy.scope(other_workspace.pk):
        foreign = Secret.objects.first()
    assert foreign is not None

    with tenancy.scope(workspace.pk), pytest.raises(Secret.DoesNotExist):
        Secret.objects.get(pk=foreign.pk)


def test_an_unscoped_part_has_no_current_workspace(workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk), pytest.raises(tenancy.NoScopeError), tenancy.unscoped("x"):
        tenancy.current_workspace_id()


def test_a_query_made_in_a_scope_stays_in_its_workspace_wherever_it_is_run(
    workspace: Workspace, other_workspace: Workspace, two_secrets: None
) -> None:
    with tenancy.scope(workspace.pk):
        rows = Secret.objects.all()

    with tenancy.scope(other_workspace.pk):
        found = {row.workspace_id for row in rows}

    assert found <= {workspace.pk}  # with row-level security there are none


def test_rows_of_a_workspace_are_not_changed_or_deleted_from_another(
    workspace: Workspace, other_workspace: Workspace, two_secrets: None
) -> None:
    with tenancy.scope(workspace.pk):
        changed = Secret.objects.filter(workspace=other_workspace).update(name="stolen")
        deleted, _ = Secret.objects.filter(workspace=other_workspace).delete()

    assert (changed, deleted) == (0, 0)
    with tenancy.scope(other_workspace.pk):
        assert Secret.objects.filter(name="api_key").count() == 1


def test_rows_that_belong_to_a_user_are_only_seen_inside_a_scope(workspace: Workspace) -> None:
    user = factories.UserFactory.create()
    workspaces.add_member(workspace, user=user, role=Role.VIEWER)

    with pytest.raises(tenancy.NoScopeError, match="Membership rows were queried outside"):
        user.memberships.count()
    with tenancy.scope(workspace.pk):
        assert user.memberships.count() == 1


def test_a_new_thread_begins_outside_of_all_scopes(workspace: Workspace) -> None:
    def ask(_: int) -> type[Exception] | None:
        try:
            tenancy.current_workspace_id()
        except tenancy.NoScopeError as error:
            return type(error)
        return None

    with tenancy.scope(workspace.pk):
        answers = races.at_once(ask, threads=2)

    assert answers == [tenancy.NoScopeError, tenancy.NoScopeError]
