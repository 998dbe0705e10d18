"""Keep secrets of a workspace, and hand them to the code that sends them. Nothing else may call `reveal`."""

import re
from collections.abc import Iterable

from django.conf import settings
from django.db import IntegrityError, transaction

from core import ports, secret_box, tenancy
from core.errors import ConflictError, InvalidError, NotFoundError, Problem
from core.models import Secret
from core.services import audit, room

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
MAX_VALUE_BYTES = 64 * 1024
MAX_NAMED = 20  # workflows in one sentence
WEBHOOK_SECRET_NAME = "webhook_signing_secret"  # noqa: S105  the name of a secret, not its value


def put(*, name: str, value: str, by: str = "") -> tuple[Secret, bool]:
    """Store or replace a secret of the workspace in scope; returns the row and whether it is new.

    Raises `InvalidError` for a name that templates could not spell and for an empty or too large value,
    `ConflictError` for a name that another secret has but for upper and lower case, and `FullError`.
    """
    problems = []
    if not _NAME.fullmatch(name):
        expected = "expected letters, digits and _, not beginning with a digit, at most 100 characters"
        problems.append(Problem("/name", "invalid_name", f"{name[:120]!r} cannot be a secret's name: {expected}."))
    if not value or len(value.encode()) > MAX_VALUE_BYTES:
        problems.append(Problem("/value", "invalid_value", f"Expected 1 to {MAX_VALUE_BYTES} bytes of text."))
    if problems:
        raise InvalidError("The secret was not stored.", problems=problems)
    workspace_id = tenancy.current_workspace_id()
    token = _box().encrypt(value, owner=_owner(name))
    try:
        with transaction.atomic():
            if not Secret.objects.filter(name=name).exists():
                room.make("max_secrets")
            row, is_new = Secret.objects.update_or_create(
                workspace_id=workspace_id, name=name, defaults={"token": token}
            )
            action = "secret.created" if is_new else "secret.replaced"
            audit.record(action, by=by, target="secret", target_id=row.pk, after={"name": name})
            return row, is_new
    except IntegrityError:
        raise ConflictError(f"There is a secret named {name!r} but for upper and lower case.") from None


@transaction.atomic
def delete(name: str, *, by: str = "") -> None:
    """Delete a secret of the workspace in scope.

    Raises `NotFoundError`, and `ConflictError` while an active workflow reads it, or when webhooks are signed with it.
    """
    row = Secret.objects.select_for_update().filter(name=name).first()
    if row is None:
        raise NotFoundError(f"There is no secret {name[:100]!r} in this workspace.")
    if name == WEBHOOK_SECRET_NAME:
        raise ConflictError(f"Webhooks are signed with {name!r}; replace its value instead.")
    active = [each.workflow for each in ports.users_of_secret(name) if each.is_active]
    if active:
        more = f" and {len(active) - MAX_NAMED} more" if len(active) > MAX_NAMED else ""
        used = f"{', '.join(map(repr, active[:MAX_NAMED]))}{more}"
        raise ConflictError(f"The secret {name!r} cannot be deleted while it is read by the workflows {used}.")
    audit.record("secret.deleted", by=by, target="secret", target_id=row.pk, before={"name": name})
    row.delete()


def names() -> frozenset[str]:
    """The names of all secrets of the workspace in scope."""
    return frozenset(Secret.objects.values_list("name", flat=True))


def reveal(wanted: Iterable[str]) -> dict[str, str]:
    """The values of the named secrets that exist, of the workspace in scope."""
    wanted = set(wanted)
    if not wanted:
        return {}
    box = _box()
    return {row.name: box.decrypt(row.token, owner=_owner(row.name)) for row in Secret.objects.filter(name__in=wanted)}


def _owner(name: str) -> str:
    return f"{tenancy.current_workspace_id()}/{name}"


def _box() -> secret_box.SecretBox:
    return secret_box.SecretBox(settings.SEQUITUR_ENCRYPTION_KEYS)
