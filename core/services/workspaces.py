"""Make workspaces and put people into them."""

import structlog
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from core import signing, tenancy
from core.errors import ConflictError
from core.models import Membership, Role, Workspace
from core.services import audit, secrets
from core.services.room import locked

__all__ = ["add_member", "create", "delete", "locked"]

log = structlog.get_logger(__name__)


@transaction.atomic
def create(*, slug: str, name: str, owner: User | None = None, by: str = "") -> Workspace:
    """Make a workspace with a secret to sign webhooks with and, if given, an owner as its admin.

    Raises Django's `ValidationError` for a slug or name that cannot be one, and for a slug that is taken.
    """
    workspace = Workspace(slug=slug, name=name)
    workspace.full_clean()
    try:
        with transaction.atomic(), tenancy.unscoped("in the scope of another one it would not be there"):
            workspace.save(force_insert=True)
    except IntegrityError:  # made at the same moment, after we looked
        raise ValidationError({"slug": "Workspace with this Slug already exists."}) from None
    with tenancy.scope(workspace.id):
        secrets.put(name=secrets.WEBHOOK_SECRET_NAME, value=signing.new_secret(), by=by)
        if owner:
            add_member(workspace, user=owner, role=Role.ADMIN, by=by)
    return workspace


@transaction.atomic
def add_member(workspace: Workspace, *, user: User, role: Role, by: str = "") -> Membership:
    """Put a user into a workspace, or change the role of one who is in it. The same again changes nothing.

    The first admin owns it. Raises `ConflictError` where the owner would be lowered. Concurrency: the row of the
    workspace is locked, as by everything that changes who is in it (`members`).
    """
    with tenancy.scope(workspace.id):
        locked()
        found = Membership.objects.filter(user=user).first()
        before = found.role if found else None
        if found and found.is_owner and role is not Role.ADMIN:
            raise ConflictError(f"{user.get_username()} owns the workspace; transfer it to another member first.")
        owns = role is Role.ADMIN and not Membership.objects.filter(is_owner=True).exclude(user=user).exists()
        values = {"role": role, "is_owner": owns}
        member, is_new = Membership.objects.update_or_create(workspace=workspace, user=user, defaults=values)
        if before != role:
            audit.record(
                "member.added" if is_new else "member.changed",
                by=by,
                target="member",
                target_id=member.pk,
                before=None if is_new else {"role": before},
                after={"user": user.get_username(), "role": role},
            )
    return member


@transaction.atomic
def delete(workspace: Workspace) -> int:
    """Delete a workspace with all its rows, those of the audit trail too; returns how many.

    For operators alone. Reads what it deletes: of a workspace with millions of rows, that takes memory and time.
    """
    with tenancy.unscoped("rows of all apps go with their workspace"), connection.cursor() as cursor:
        cursor.execute("SET LOCAL sequitur.audit_removal = 'allowed'")
        number, _ = workspace.delete()
        cursor.execute("SET LOCAL sequitur.audit_removal = ''")
    log.warning("workspace deleted", workspace=workspace.slug, rows=number)
    return number
