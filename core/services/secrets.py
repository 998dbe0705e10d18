"""Keep secrets of a workspace, and hand them to the code that sends them. Nothing else may call `reveal`."""

import re
from collections.abc import Iterable

from django.conf import settings
from django.db import IntegrityError

from core import secret_box, tenancy
from core.errors import ConflictError, InvalidError, Problem
from core.models import Secret

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
MAX_VALUE_BYTES = 64 * 1024


def put(*, name: str, value: str) -> tuple[Secret, bool]:
    """Store or replace a secret of the workspace in scope; returns the row and whether it is new.

    Raises `InvalidError` for a name that templates could not spell and for an empty or too large value, and
    `ConflictError` for a name that another secret has but for upper and lower case.
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
        return Secret.objects.update_or_create(workspace_id=workspace_id, name=name, defaults={"token": token})
    except IntegrityError:
        raise ConflictError(f"There is a secret named {name!r} but for upper and lower case.") from None


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
