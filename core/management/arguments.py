"""What commands are told, as what it means."""

from datetime import UTC, datetime

from django.core.management.base import CommandError

from core.models import Workspace


def workspace(slug: str) -> Workspace:
    """The workspace of this slug. Raises `CommandError`."""
    row = Workspace.objects.filter(slug=slug).first()
    if row is None:
        raise CommandError(f"There is no workspace {slug!r}.")
    return row


def instant(text: str) -> datetime:
    """An instant in ISO 8601, in UTC if it says no zone: for `type=` of an argument."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
