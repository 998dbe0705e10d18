"""Issue API keys and recognise them; what becomes of them later: `api_key_changes`."""

import hashlib
import secrets
import string
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from core import tenancy
from core.errors import ConflictError
from core.models import ApiKey, Membership, Role, ServiceAccount, Workspace
from core.services import audit

_ALPHABET = string.ascii_letters + string.digits
_ID_LENGTH = 8
_SECRET_LENGTH = 40  # 62**40: 238 bits, so that a fast hash is enough
_PREFIX_LENGTH = 11
_LAST_USED_EVERY = timedelta(minutes=1)  # a write per request would make every read a write


def issue(
    workspace: Workspace,
    *,
    name: str,
    role: Role,
    scopes: Sequence[str] = (),
    expires_at: datetime | None = None,
    owner: User | ServiceAccount | None = None,
    by: str = "",
) -> tuple[ApiKey, str]:
    """Make a key; returns the row and the key itself, which cannot be read again.

    `owner` is whom it ends with: a person when they leave the workspace, a service account when it is deleted.
    """
    key = f"sq_{_random(_ID_LENGTH)}_{_random(_SECRET_LENGTH)}"
    given = {"name": name, "role": role, "scopes": [*scopes], "expires_at": expires_at}
    return _stored(workspace, key, given, owner=owner, by=by), key


def store(
    workspace: Workspace, *, key: str, name: str, role: Role, expires_at: datetime | None = None, by: str = ""
) -> ApiKey:
    """Store a key that was made elsewhere; storing it again in the same workspace returns the first row.

    Raises `ConflictError` for a key of another workspace.
    """
    return _stored(workspace, key, {"name": name, "role": role, "scopes": [], "expires_at": expires_at}, by=by)


def recognise(key: str) -> ApiKey | None:
    """The valid key with this text, its workspace loaded; None when there is none, or it is revoked or expired.

    So it is when the person it belongs to is no member any more, or may not sign in. Its `role` is then no higher than
    that of its owner is now; the row in the database keeps the one that it was made with.

    Source: a fast hash is right for random keys (djangorestframework-api-key 3.0 moved to SHA-512 for that reason).
    """
    now = timezone.now()
    with tenancy.unscoped("a key says which workspace it is for"):
        memberships = Membership.objects.filter(workspace=OuterRef("workspace"), user=OuterRef("user"))
        row = (
            ApiKey.objects.select_related("workspace")
            .annotate(member_role=Subquery(memberships.values("role")[:1]), account_role=F("service_account__role"))
            .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), key_hash=_hash(key), revoked_at__isnull=True)
            .filter(Q(user__isnull=True) | Q(user__is_active=True, member_role__isnull=False))
            .first()
        )
        if row is None:
            return None
        if row.last_used_at is None or now - row.last_used_at > _LAST_USED_EVERY:
            ApiKey.objects.filter(pk=row.pk).update(last_used_at=now)
    row.role = _least(row.role, row.member_role, row.account_role)
    return row


def _least(own: str, *of_owners: str | None) -> str:
    order = list(Role)
    return min((Role(each) for each in (own, *of_owners) if each), key=order.index).value


def _stored(
    workspace: Workspace,
    key: str,
    given: Mapping[str, object],
    *,
    owner: User | ServiceAccount | None = None,
    by: str = "",
) -> ApiKey:
    whose = {"user": owner} if isinstance(owner, User) else {"service_account": owner}
    defaults = {**given, **whose, "prefix": _prefix(key), "created_by": by or audit.ITSELF}
    with tenancy.scope(workspace.id), transaction.atomic():
        try:
            row, is_new = ApiKey.objects.get_or_create(workspace=workspace, key_hash=_hash(key), defaults=defaults)
        except IntegrityError:
            raise ConflictError("This key belongs to another workspace; every workspace needs its own.") from None
        if is_new:
            after = {**given, "prefix": row.prefix}
            if row.service_account_id:
                after["service_account"] = row.service_account_id
            audit.record("api_key.created", by=by, target="api_key", target_id=row.pk, after=after)
    return row


def _prefix(key: str) -> str:
    """What people recognise the key by: never more than a quarter of it, since it is stored in clear."""
    return key[: min(_PREFIX_LENGTH, len(key) // 4)]


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
