"""Make API keys for those who ask, change what they may do, revoke them, and replace one by another.

All act on the workspace in scope. Who asks gives no more than they have (`Actor.check_can_give`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from core import scopes as vocabulary
from core.actors import Actor
from core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, Problem
from core.models import ApiKey, Role, ServiceAccount, Workspace
from core.selectors import holdings
from core.services import api_keys, audit, invitations, room

MAX_OVERLAP_SECONDS = 7 * 24 * 3600


def make(
    *,
    name: str,
    role: Role,
    scopes: Sequence[str],
    expires_at: datetime | None,
    account: ServiceAccount | None,
    by: Actor,
) -> tuple[ApiKey, str]:
    """A new key and its text. It belongs to `account`, or to whom the one who asks belongs to.

    Raises `InvalidError`, `ForbiddenError`, `FullError`.
    """
    _check(scopes=scopes, expires_at=expires_at)
    by.check_can_give(role=role, scopes=scopes)
    if account is not None and not Role(account.role).includes(role):
        message = f"The service account {account.name!r} is {account.role}; its keys cannot be {role.value}."
        raise InvalidError("The key was not made.", problems=[Problem("/role", "above_service_account", message)])
    by.check_can_end(expires_at)
    owner = account or _owner(by)
    with transaction.atomic():
        return api_keys.issue(
            _with_room(owner),
            name=name,
            role=role,
            scopes=sorted(set(scopes)),
            expires_at=expires_at,
            owner=owner,
            by=by.name,
        )


@transaction.atomic
def change(uid: UUID, changes: Mapping[str, Any], *, by: Actor) -> ApiKey:
    """Change `name`, `expires_at` or `scopes`; the same changes nothing. Raises `ConflictError` for an ended key."""
    row = _locked(uid)
    _refuse_over(row)
    if "scopes" in changes:
        changes = {**changes, "scopes": sorted(set(changes["scopes"]))}
    changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
    _check(scopes=changed.get("scopes", ()), expires_at=changed.get("expires_at"))
    if changed.keys() & {"scopes", "expires_at"}:
        by.check_can_give(role=Role(row.role), scopes=changed.get("scopes", row.scopes))
        by.check_can_end(changed.get("expires_at", row.expires_at))
    if changed:
        before = {name: getattr(row, name) for name in changed}
        for name, value in changed.items():
            setattr(row, name, value)
        row.save(update_fields=[*changed])
        _audit("changed", row, by=by, before=before, after=changed)
    return row


@transaction.atomic
def revoke(uid: UUID, *, by: Actor) -> ApiKey:
    """End a key at once, with the open invitations that it sent; of one that is over, those alone. Twice is once."""
    room.locked()
    row = _locked(uid)
    ended = invitations.revoke_of_key(row, by=by)
    if row.revoked_at is None:
        _revoke(row, by=by, after={"invitations": ended})
    return row


@transaction.atomic
def rotate(uid: UUID, *, overlap_seconds: int, by: Actor) -> tuple[ApiKey, ApiKey, str]:
    """A new key like the old one; returns the old row, the new one and its text. The old one ends after the overlap.

    Raises `ConflictError` for a key that is over, or was replaced before: of two at once, one gets a new key; and
    `ForbiddenError` for a key of somebody else, since the new one acts as them, who may own the workspace; `FullError`
    where the two do not both have room while they overlap.
    """
    workspace = room.locked()
    old = _locked(uid)
    if old.user_id is not None and old.user_id != by.user_id and not by.is_operator:
        raise ForbiddenError("This key is another person's, and so would the new one be; revoke it instead.")
    _refuse_over(old)
    if old.replaced_by_id is not None:
        raise ConflictError("This key was replaced already; rotate the one that replaced it.")
    by.check_can_give(role=Role(old.role), scopes=old.scopes)
    by.check_can_end(old.expires_at)
    owner = old.user or old.service_account
    row, key = api_keys.issue(
        _with_room(owner) if overlap_seconds else workspace,
        name=old.name,
        role=Role(old.role),
        scopes=old.scopes,
        expires_at=old.expires_at,
        owner=owner,
        by=by.name,
    )
    ends_at = timezone.now() + timedelta(seconds=overlap_seconds)
    old.replaced_by = row
    if overlap_seconds == 0:
        old.revoked_at = ends_at
    elif old.expires_at is None or old.expires_at > ends_at:
        old.expires_at = ends_at
    old.save(update_fields=["replaced_by", "revoked_at", "expires_at"])
    after = {"replaced_by": row.pk, "ends_at": old.revoked_at or old.expires_at}
    _audit("rotated", old, by=by, after=after)
    return old, row, key


def revoke_of(user: User, *, by: Actor) -> int:
    """End all keys of a person who leaves the workspace in scope, in that transaction; returns how many."""
    rows = ApiKey.objects.select_for_update(no_key=True).filter(user=user, revoked_at__isnull=True).order_by("pk")
    for row in (found := list(rows)):
        _revoke(row, by=by)
    return len(found)


def _revoke(row: ApiKey, *, by: Actor, **said: Mapping[str, Any]) -> None:
    row.revoked_at = timezone.now()
    row.save(update_fields=["revoked_at"])
    _audit("revoked", row, by=by, **said)


def _with_room(owner: User | ServiceAccount | None) -> Workspace:
    """The workspace, locked, in which there is room for one more valid key, also of this owner. Raises `FullError`."""
    held = room.make("max_api_keys")
    whose = {"user": owner} if isinstance(owner, User) else {"service_account": owner}
    of_owner = holdings.api_keys(timezone.now()).filter(**{"user": None, "service_account": None, **whose})
    room.refuse_full("max_api_keys_per_owner", of_owner.count(), held)
    return room.locked()


def _owner(by: Actor) -> User | ServiceAccount | None:
    if by.account_id is not None:
        return ServiceAccount.objects.get(pk=by.account_id)
    return None if by.user_id is None else User.objects.get(pk=by.user_id)


def _locked(uid: UUID) -> ApiKey:
    row = ApiKey.objects.select_for_update(no_key=True).filter(pk=uid).first()
    if row is None:
        raise NotFoundError
    return row


def _refuse_over(row: ApiKey) -> None:
    if row.revoked_at is not None:
        raise ConflictError("This key was revoked; make a new one.")
    if row.expires_at is not None and row.expires_at <= timezone.now():
        raise ConflictError("This key has expired; make a new one.")


def _check(*, scopes: Sequence[str], expires_at: datetime | None) -> None:
    problems = vocabulary.problems(scopes)
    if expires_at is not None and expires_at <= timezone.now():
        problems.append(Problem("/expires_at", "in_the_past", f"{expires_at:%Y-%m-%d %H:%M:%SZ} is over already."))
    if problems:
        raise InvalidError("The key is not valid.", problems=problems)


def _audit(what: str, row: ApiKey, *, by: Actor, **said: Mapping[str, Any]) -> None:
    after = {"prefix": row.prefix, **said.get("after", {})}
    audit.record(
        f"api_key.{what}", by=by.name, target="api_key", target_id=row.pk, before=said.get("before"), after=after
    )
