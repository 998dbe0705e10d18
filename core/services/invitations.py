"""Ask people to join a workspace: a token in a mail, good for one use, of which only the hash is stored."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core import tenancy
from core.actors import Actor
from core.errors import ConflictError, InvalidError, NotFoundError, Problem
from core.models import ApiKey, Invitation, Membership, Role, ServiceAccount, Workspace
from core.services import audit, room, workspaces

log = structlog.get_logger(__name__)

LIFE = timedelta(days=7)
_TOKEN_BYTES = 32
_MAIL = """{by} invites you to the workspace {workspace} as {role}.

Sign in{where}, and then send this token to POST {url}api/v1/members/accept/ as {{"token": "..."}}:

{token}

It is good for one use, until {until:%Y-%m-%d %H:%M} UTC. If you expected no invitation, ignore this mail.
"""


def invite(*, email: str, role: Role, by: Actor) -> Invitation:
    """Ask somebody to join the workspace in scope. An earlier invitation to this address that is open ends.

    The mail leaves after the commit; `mailed_at` says whether it did. Raises `InvalidError`, `ForbiddenError` and
    `FullError`.

    Concurrency: the row of the workspace is locked, so that two at once leave one open invitation, the later one.
    """
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError:
        problem = Problem("/email", "invalid_email", f"{email[:120]!r} is no address of mail, such as ann@example.com.")
        raise InvalidError("Nobody was invited.", problems=[problem]) from None
    by.check_can_give(role=role)
    token, now = f"sqi_{secrets.token_urlsafe(_TOKEN_BYTES)}", timezone.now()
    with transaction.atomic():
        workspace = workspaces.locked()
        for earlier in _open().filter(email__iexact=email):
            _revoke(earlier, by=by)
        room.make("max_open_invitations")
        row = Invitation.objects.create(
            workspace=workspace,
            email=email,
            role=role,
            token_hash=_hash(token),
            invited_by=by.name,
            created_at=now,
            expires_at=now + LIFE,
        )
        _audit("created", row, by=by.name)
        transaction.on_commit(partial(_mail, row, token), robust=True)
    return row


@transaction.atomic
def revoke(uid: UUID, *, by: Actor) -> None:
    """End an invitation. Twice is once. Raises `ConflictError` for one that was accepted, `NotFoundError`."""
    row = Invitation.objects.select_for_update(no_key=True).filter(pk=uid).first()
    if row is None:
        raise NotFoundError(f"There is no invitation {str(uid)!r} in this workspace.")
    if row.accepted_at is not None:
        raise ConflictError("This invitation was accepted; remove the member instead.")
    if row.revoked_at is None:
        _revoke(row, by=by)


def revoke_of(owner: User | ServiceAccount, *, by: Actor) -> int:
    """End the open invitations of who is no admin of the workspace in scope any more, in that transaction, or they
    would come back by one; those sent with a key of theirs too. Returns how many."""
    is_person = isinstance(owner, User)
    keys = ApiKey.objects.filter(**{"user" if is_person else "service_account": owner})
    names = [f"key {prefix}" for prefix in keys.values_list("prefix", flat=True)]
    names += [f"user {owner.get_username()}"] if isinstance(owner, User) else []
    return _revoke_by(names, by=by)


def revoke_of_key(key: ApiKey, *, by: Actor) -> int:
    """End the open invitations that a key sent, which is revoked in this transaction: whoever had it found out would
    come back by one. Returns how many. Concurrency: the row of the workspace is locked by the caller, before the key's,
    so that no invitation comes in between."""
    return _revoke_by([f"key {key.prefix}"], by=by)


@transaction.atomic
def accept(token: str, *, user: User) -> Membership:
    """Make the user a member with the role of the invitation, which is used up.

    Raises `NotFoundError` for a token that is unknown, used, revoked or expired, all the same; `ConflictError` for who
    is a member already: then it stays good. Concurrency: of two who use a token at once, one becomes a member.
    """
    with tenancy.unscoped("a token says which workspace it is for"):
        rows = _open().filter(token_hash=_hash(token), expires_at__gt=timezone.now())
        # As everything that changes who is in a workspace: its row first.
        Workspace.objects.select_for_update(no_key=True).filter(pk__in=rows.values("workspace_id")).first()
        found = rows.select_for_update(no_key=True).first()
    if found is None:
        raise NotFoundError("This invitation is not known, was used or revoked, or has expired; ask for a new one.")
    with tenancy.scope(found.workspace_id):
        if Membership.objects.filter(user=user).exists():
            raise ConflictError("You are a member of this workspace already.")
        name = f"user {user.get_username()}"
        found.accepted_at, found.accepted_by = timezone.now(), name
        found.save(update_fields=["accepted_at", "accepted_by"])
        _audit("accepted", found, by=name)
        return workspaces.add_member(found.workspace, user=user, role=Role(found.role), by=name)


def _open() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at__isnull=True, revoked_at__isnull=True)


def _revoke_by(names: Iterable[str], *, by: Actor) -> int:
    rows = list(_open().select_for_update(no_key=True).filter(invited_by__in=names).order_by("pk"))
    for row in rows:
        _revoke(row, by=by)
    return len(rows)


def _revoke(row: Invitation, *, by: Actor) -> None:
    row.revoked_at = timezone.now()
    row.save(update_fields=["revoked_at"])
    _audit("revoked", row, by=by.name)


def _mail(row: Invitation, token: str) -> None:
    """Send it, and note that it left. A failure is logged: whoever invited sees that `mailed_at` is empty."""
    base = settings.SEQUITUR_PUBLIC_URL.rstrip("/")
    text = _MAIL.format(
        by=row.invited_by.removeprefix("user "),
        workspace=row.workspace.name,
        role=row.role,
        where=f" at {base}/" if base else "",
        url=f"{base}/",
        token=token,
        until=row.expires_at,
    )
    try:
        send_mail(_subject(row), text, None, [row.email])
    except OSError as error:  # SMTP's errors are some of these
        log.warning("invitation not mailed", invitation=str(row.pk), error=type(error).__name__)
        return
    row.mailed_at = timezone.now()
    with tenancy.scope(row.workspace_id):
        Invitation.objects.filter(pk=row.pk).update(mailed_at=row.mailed_at)


def _subject(row: Invitation) -> str:
    """One line, whatever the workspace is called."""
    return " ".join(f"Invitation to {row.workspace.name}".split())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _audit(what: str, row: Invitation, *, by: str) -> None:
    after: dict[str, str | datetime] = {"email": row.email, "role": row.role, "expires_at": row.expires_at}
    audit.record(f"invitation.{what}", by=by, target="invitation", target_id=row.pk, after=after)
