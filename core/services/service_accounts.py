"""Members that are no people: a name, a role, and API keys that end with them. All act on the workspace in scope."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from core import tenancy
from core.actors import Actor
from core.errors import ConflictError, NotFoundError
from core.models import ApiKey, Role, ServiceAccount
from core.services import audit, invitations, room


def create(*, name: str, role: Role, by: Actor) -> ServiceAccount:
    """Make one. Raises `ConflictError` for a name that is taken, `ForbiddenError` for a role above one's own,
    `FullError`.
    """
    by.check_can_give(role=role)
    row = ServiceAccount(workspace_id=tenancy.current_workspace_id(), name=name, role=role.value, created_by=by.name)
    with transaction.atomic():
        room.make("max_service_accounts")
        _save(row)
        _audit("created", row, by=by, after={"name": name, "role": role})
    return row


@transaction.atomic
def change(uid: UUID, changes: Mapping[str, Any], *, by: Actor) -> ServiceAccount:
    """Change `name` or `role`, which its keys have at most from then on. The same changes nothing. Of one that is
    lowered, open invitations end."""
    row = _locked(uid)
    changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if "role" in changed:
        by.check_can_give(role=Role(changed["role"]))
    if changed:
        if Role(changed.get("role", Role.ADMIN)) is not Role.ADMIN:
            invitations.revoke_of(row, by=by)
        before = {name: getattr(row, name) for name in changed}
        for name, value in changed.items():
            setattr(row, name, value)
        _save(row, update_fields=[*changed])
        _audit("changed", row, by=by, before=before, after=changed)
    return row


@transaction.atomic
def delete(uid: UUID, *, by: Actor) -> None:
    """Delete one, with its keys and its open invitations."""
    row = _locked(uid)
    invitations.revoke_of(row, by=by)
    prefixes = list(ApiKey.objects.filter(service_account=row).values_list("prefix", flat=True))
    _audit("deleted", row, by=by, before={"name": row.name, "role": row.role, "keys": prefixes})
    row.delete()


def _save(row: ServiceAccount, **how: Any) -> None:
    try:
        with transaction.atomic():
            row.save(**how)
    except IntegrityError:
        raise ConflictError(f"There is a service account named {row.name!r} already, perhaps in capitals.") from None


def _locked(uid: UUID) -> ServiceAccount:
    """Concurrency: the row of the workspace first, as who invites does, so that no invitation comes in between."""
    room.locked()
    row = ServiceAccount.objects.select_for_update(no_key=True).filter(pk=uid).first()
    if row is None:
        raise NotFoundError(f"There is no service account {str(uid)!r} in this workspace.")
    return row


def _audit(what: str, row: ServiceAccount, *, by: Actor, **values: Any) -> None:
    audit.record(f"service_account.{what}", by=by.name, target="service_account", target_id=row.pk, **values)
