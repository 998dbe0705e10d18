import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from core import tenancy
from core.models import Membership, Role, Secret, Workspace
from core.services import secrets, workspaces
from tests import factories, races


@pytest.fixture
def ann(db: None) -> User:
    user: User = factories.UserFactory.create(username="ann")
    return user


def members(workspace: Workspace) -> list[tuple[str, str]]:
    with tenancy.scope(workspace.pk):
        return list(Membership.objects.values_list("user__username", "role"))


def test_a_workspace_is_made_with_a_signing_secret_and_its_owner(ann: User) -> None:
    workspace = workspaces.create(slug="acme", name="Acme", owner=ann)

    stored = Workspace.objects.get(slug="acme")
    assert (stored.pk, stored.name, stored.time_zone, stored.settings) == (workspace.pk, "Acme", "UTC", {})
    assert members(workspace) == [("ann", "admin")]
    with tenancy.scope(workspace.pk):
        assert secrets.reveal(["webhook_signing_secret"])["webhook_signing_secret"].startswith("whsec_")


def test_a_workspace_may_be_without_people(db: None) -> None:
    assert members(workspaces.create(slug="acme", name="Acme")) == []


def test_two_workspaces_sign_with_different_secrets(db: None) -> None:
    found = set()
    for slug in ("one", "two"):
        with tenancy.scope(workspaces.create(slug=slug, name=slug).pk):
            found.add(secrets.reveal(["webhook_signing_secret"])["webhook_signing_secret"])

    assert len(found) == 2


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("", "Acme"),
        ("Not a slug", "Acme"),
        ("x" * 64, "Acme"),
        ("a/b", "Acme"),
        ("acme", ""),
        ("acme", "x" * 201),
        ("a\0", "A"),
    ],
    ids=repr,
)
def test_what_cannot_be_a_workspace_is_refused(db: None, slug: str, name: str) -> None:
    with pytest.raises(ValidationError):
        workspaces.create(slug=slug, name=name)

    assert Workspace.objects.count() == 0


def test_a_slug_is_given_once_and_the_second_call_changes_nothing(ann: User) -> None:
    first = workspaces.create(slug="acme", name="Acme")

    with pytest.raises(ValidationError, match="Workspace with this Slug already exists"):
        workspaces.create(slug="acme", name="Other", owner=ann)

    assert [(row.pk, row.name) for row in Workspace.objects.all()] == [(first.pk, "Acme")]
    assert members(first) == []


@pytest.mark.django_db(transaction=True)
def test_of_two_that_take_a_slug_at_once_one_is_told(empty_broker: object) -> None:
    def make(_: int) -> str:
        try:
            return str(workspaces.create(slug="acme", name="Acme").slug)
        except ValidationError as error:
            return "; ".join(error.messages)

    assert sorted(races.at_once(make, threads=2)) == ["Workspace with this Slug already exists.", "acme"]


@pytest.mark.parametrize("step", ["core.services.secrets.put", "core.services.workspaces.add_member"])
def test_nothing_is_left_of_a_workspace_when_a_step_fails(
    ann: User, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(step, crash)
    with pytest.raises(RuntimeError, match="killed"):
        workspaces.create(slug="acme", name="Acme", owner=ann)

    assert Workspace.objects.count() == 0
    with tenancy.unscoped("the test looks for leftovers"):
        assert (Secret.objects.count(), Membership.objects.count()) == (0, 0)


def test_adding_a_member_again_changes_the_role_only(workspace: Workspace, ann: User) -> None:
    first = workspaces.add_member(workspace, user=ann, role=Role.VIEWER)

    second = workspaces.add_member(workspace, user=ann, role=Role.EDITOR)
    third = workspaces.add_member(workspace, user=ann, role=Role.EDITOR)

    assert first.pk == second.pk == third.pk
    assert members(workspace) == [("ann", "editor")]


def test_a_member_of_one_workspace_is_none_of_another(
    workspace: Workspace, other_workspace: Workspace, ann: User
) -> None:
    workspaces.add_member(workspace, user=ann, role=Role.VIEWER)

    assert members(other_workspace) == []
