import pytest
from django.contrib.auth.models import User

from core import tenancy
from core.actors import Actor
from core.errors import ForbiddenError, NotFoundError
from core.models import Invitation, Membership, Role, Workspace
from core.services import invitations, members, workspaces
from tests import factories, races


def added(workspace: Workspace, name: str) -> User:
    user: User = factories.UserFactory.create(username=name)
    workspaces.add_member(workspace, user=user, role=Role.ADMIN)
    return user


@pytest.mark.django_db(transaction=True)
def test_of_two_admins_who_remove_each_other_at_once_one_is_left(workspace: Workspace) -> None:
    added(workspace, "owner")
    users = [added(workspace, "bob"), added(workspace, "eve")]
    with tenancy.scope(workspace.pk):
        uids = [Membership.objects.get(user=user).pk for user in users]

    def remove_the_other(number: int) -> str:
        me = users[number]
        with tenancy.scope(workspace.pk):
            try:
                members.remove(uids[1 - number], by=Actor(f"user {me.username}", user_id=me.pk))
            except ForbiddenError:
                return "refused"
            return "removed"

    said = races.at_once(remove_the_other, threads=2)

    assert sorted(said) == ["refused", "removed"]
    with tenancy.scope(workspace.pk):
        left = set(Membership.objects.values_list("user__username", flat=True))
    assert left == {"owner", users[said.index("removed")].username}


@pytest.mark.django_db(transaction=True)
def test_a_token_that_two_use_at_once_lets_one_in(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: "token")
    with tenancy.scope(workspace.pk):
        invitations.invite(email="a@example.com", role=Role.VIEWER, by=Actor("user ann"))
    users = [factories.UserFactory.create() for _ in range(4)]

    def accept(number: int) -> bool:
        try:
            invitations.accept("sqi_token", user=users[number])
        except NotFoundError:
            return False
        return True

    assert sorted(races.at_once(accept, threads=4)) == [False, False, False, True]
    with tenancy.scope(workspace.pk):
        assert Membership.objects.count() == 1
        assert Invitation.objects.get().accepted_at is not None


@pytest.mark.parametrize(
    ("own", "held", "role", "scopes", "why"),
    [
        (Role.EDITOR, (), Role.ADMIN, (), "admin is above editor"),
        (Role.ADMIN, ("runs:read",), Role.VIEWER, ("runs:read", "runs:write"), "it lacks runs:write"),
        (Role.ADMIN, ("runs:read",), Role.VIEWER, (), "it lacks events:read"),
        (Role.ADMIN, ("access:write",), Role.VIEWER, None, "lets nobody in and changes no roles"),
    ],
)
def test_nobody_gives_more_than_they_have(
    own: Role, held: tuple[str, ...], role: Role, scopes: tuple[str, ...] | None, why: str
) -> None:
    with pytest.raises(ForbiddenError, match=why):
        Actor("x", own, held).check_can_give(role=role, scopes=scopes)

    Actor("x", own, held).check_can_give(role=Role.VIEWER, scopes=held)
