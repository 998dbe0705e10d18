"""What commands are told, as what it means."""

from django.core.management.base import CommandError

from core.models import Workspace


def workspace(slug: str) -> Workspace:
    """The workspace of this slug. Raises `CommandError`."""
    row = Workspace.objects.filter(slug=slug).first()
    if row is None:
        raise CommandError(f"There is no workspace {slug!r}.")
    return row
