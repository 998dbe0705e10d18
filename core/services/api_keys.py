"""Issue API keys and recognise them."""

import hashlib
import secrets
import string
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from core import tenancy
from core.errors import ConflictError
from core.models import ApiKey, Role, Workspace

_ALPHABET = string.ascii_letters + string.digits
_ID_LENGTH = 8
_SECRET_LENGTH = 40  # 62**40: 238 bits, so that a fast hash is enough
_PREFIX_LENGTH = 11
_LAST_USED_EVERY = timedelta(minutes=1)  # a write per request would make every read a write


def issue(workspace: Workspace, *, name: str, role: Role, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    """Make a key; returns the row and the key itself, which cannot be read again."""
    key = f"sq_{_random(_ID_LENGTH)}_{_random(_SECRET_LENGTH)}"
    return store(workspace, key=key, name=name, role=role, expires_at=expires_at), key


def store(workspace: Workspace, *, key: str, name: str, role: Role, expires_at: datetime | None = None) -> ApiKey:
    """Store a key that was made elsewhere; storing it again in the same workspace returns the first row.

    Raises `ConflictError` for a key of another workspace.
    """
    with tenancy.scope(workspace.id), transaction.atomic():
        try:
            row, _ = ApiKey.objects.get_or_create(
                workspace=workspace,
                key_hash=_hash(key),
                defaults={"name": name, "prefix": _prefix(key), "role": role, "expires_at": expires_at},
            )
        except IntegrityError:
            raise ConflictError("This key belongs to another workspace; every workspace needs its own.") from None
    return row


def recognise(key: str) -> ApiKey | None:
    """The valid key with this text, its workspace loaded; None when there is none, or it is revoked or expired.

    Source: a fast hash is right for random keys (djangorestframework-api-key 3.0 moved to SHA-512 for that reason).
    """
    now = timezone.now()
    with tenancy.unscoped("a key says which workspace it is for"):
        row = (
            ApiKey.objects.select_related("workspace")
            .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), key_hash=_hash(key), revoked_at__isnull=True)
            .first()
        )
        if row and (row.last_used_at is None or now - row.last_used_at > _LAST_USED_EVERY):
            ApiKey.objects.filter(pk=row.pk).update(last_used_at=now)
    return row


def _prefix(key: str) -> str:
    """What people recognise the key by: never more than a quarter of it, since it is stored in clear."""
    return key[: min(_PREFIX_LENGTH, len(key) // 4)]


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
