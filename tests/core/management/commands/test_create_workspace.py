from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core import tenancy
from core.models import Membership, Workspace
from tests import factories


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("create_workspace", *arguments, stdout=out)
    return out.getvalue()


def test_a_workspace_is_made_and_named_with_its_id(db: None) -> None:
    printed = run("acme", "Acme Ltd")

    row = Workspace.objects.get()
    assert (row.slug, row.name) == ("acme", "Acme Ltd")
    assert printed == f"Made the workspace acme ({row.pk}).\n"


def test_the_owner_becomes_its_admin(db: None) -> None:
    user = factories.UserFactory.create(username="ann")

    run("acme", "Acme Ltd", "--owner", "ann")

    with tenancy.scope(Workspace.objects.get().pk):
        assert list(Membership.objects.values_list("user", "role")) == [(user.pk, "admin")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("acme", "Other"), "The workspace was not made. Workspace with this Slug already exists."),
        (("Not a slug", "Other"), "The workspace was not made. Enter a valid “slug”"),
        (("new", ""), "The workspace was not made. This field cannot be blank."),
        (("new", "New", "--owner", "nobody"), "There is no user 'nobody'."),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_changes(db: None, arguments: tuple[str, ...], message: str) -> None:
    run("acme", "Acme Ltd")

    with pytest.raises(CommandError, match=message):
        run(*arguments)

    assert list(Workspace.objects.values_list("slug", "name")) == [("acme", "Acme Ltd")]
