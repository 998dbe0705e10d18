"""Change who is in a workspace and with which role; who is put in: `workspaces.add_member`, `invitations`.

All act on the workspace in scope. One of the admins owns it (or nobody, where operators made it and added no admin):
the owner is neither removed nor lowered, only followed by another. There is always an admin where there was one.

Concurrency: all of it locks the row of the workspace first, so changes come one after the other, and each sees whether
the one who asks is still an admin: of two admins who remove each other at once, one is left.
"""

from typing import Any
from uuid import UUID

from django.db import transaction

from core.actors import Actor
from core.errors import ConflictError, ForbiddenError, NotFoundError
from core.models import Membership, Role
from core.services import api_key_changes, audit, invitations, workspaces


@transaction.atomic
def change_role(uid: UUID, role: Role, *, by: Actor) -> Membership:
    """Give a member another role. The same again changes nothing. Of who is lowered, open invitations end."""
    row = _locked(uid, by=by)
    by.check_can_give(role=role)
    if row.role == role:
        return row
    if role is not Role.ADMIN:
        _refuse_owner(row, "lowered")
        _refuse_last_admin(row)
        invitations.revoke_of(row.user, by=by)
    before, row.role = row.role, role.value
    row.save(update_fields=["role"])
    _audit("changed", row, by=by, before={"role": before}, after={"role": role})
    return row


@transaction.atomic
def remove(uid: UUID, *, by: Actor) -> None:
    """Take a member out of the workspace; the API keys that are theirs end with it, and their open invitations."""
    _leave(_locked(uid, by=by), what="removed", by=by)


@transaction.atomic
def leave(*, by: Actor) -> None:
    """Take oneself out of the workspace. Raises `ForbiddenError` for what is no person."""
    workspaces.locked()
    row = Membership.objects.filter(user_id=by.user_id).first() if by.user_id is not None else None
    if row is None:
        raise ForbiddenError("Only a member can leave; this is an API key that belongs to none.")
    _leave(row, what="left", by=by)


@transaction.atomic
def transfer(uid: UUID, *, by: Actor) -> Membership:
    """Make another member the owner, and an admin with it. The owner alone may, or an admin where nobody owns it."""
    row = _locked(uid, by=by)
    by.check_can_give(role=Role.ADMIN)
    owner = Membership.objects.filter(is_owner=True).first()
    if owner is not None and owner.user_id != by.user_id:
        raise ForbiddenError(f"Only {owner.user.get_username()}, who owns the workspace, can transfer it.")
    if row.is_owner:
        return row
    if owner is not None:
        owner.is_owner = False
        owner.save(update_fields=["is_owner"])
    before = {"owner": owner.user.get_username() if owner else None, "role": row.role}
    row.is_owner, row.role = True, Role.ADMIN.value
    row.save(update_fields=["is_owner", "role"])
    _audit("transferred", row, by=by, before=before, after={"owner": row.user.get_username(), "role": row.role})
    return row


def _leave(row: Membership, *, what: str, by: Actor) -> None:
    _refuse_owner(row, "removed")
    _refuse_last_admin(row)
    api_key_changes.revoke_of(row.user, by=by)
    invitations.revoke_of(row.user, by=by)
    _audit(what, row, by=by, before={"user": row.user.get_username(), "role": row.role})
    row.delete()


def _locked(uid: UUID, *, by: Actor) -> Membership:
    """The member, once nobody else changes any. Raises `NotFoundError`, and `ForbiddenError` for a former admin."""
    workspaces.locked()
    if by.user_id is not None and not Membership.objects.filter(user_id=by.user_id, role=Role.ADMIN).exists():
        raise ForbiddenError("You are no admin of this workspace any more.")
    row = Membership.objects.filter(pk=uid).select_related("user").first()
    if row is None:
        raise NotFoundError(f"There is no member {str(uid)!r} in this workspace.")
    return row


def _refuse_owner(row: Membership, what: str) -> None:
    if row.is_owner:
        name = row.user.get_username()
        raise ConflictError(f"{name} owns the workspace and cannot be {what}; transfer it to another member first.")


def _refuse_last_admin(row: Membership) -> None:
    if row.role == Role.ADMIN and not Membership.objects.filter(role=Role.ADMIN).exclude(pk=row.pk).exists():
        raise ConflictError("This is the last admin of the workspace; make somebody else an admin first.")


def _audit(what: str, row: Membership, *, by: Actor, **values: Any) -> None:
    audit.record(f"member.{what}", by=by.name, target="member", target_id=row.pk, **values)
