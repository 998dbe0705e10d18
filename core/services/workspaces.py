"""Make workspaces and put people into them."""

from django.contrib.auth.models import User
from django.db import transaction

from core import signing, tenancy
from core.models import Membership, Role, Workspace
from core.services import secrets

WEBHOOK_SECRET_NAME = "webhook_signing_secret"  # noqa: S105  the name of a secret, not its value


@transaction.atomic
def create(*, slug: str, name: str, owner: User | None = None) -> Workspace:
    """Make a workspace with a secret to sign webhooks with and, if given, an owner as its admin.

    Raises Django's `ValidationError` for a slug or name that cannot be one, and for a slug that is taken.
    """
    workspace = Workspace(slug=slug, name=name)
    workspace.full_clean()
    workspace.save(force_insert=True)
    with tenancy.scope(workspace.id):
        secrets.put(name=WEBHOOK_SECRET_NAME, value=signing.new_secret())
        if owner:
            add_member(workspace, user=owner, role=Role.ADMIN)
    return workspace


def add_member(workspace: Workspace, *, user: User, role: Role) -> Membership:
    """Put a user into a workspace, or change the role of one who is in it."""
    with tenancy.scope(workspace.id):
        member, _ = Membership.objects.update_or_create(workspace=workspace, user=user, defaults={"role": role})
    return member
