"""`manage.py flush`: Django's, acting for all workspaces."""

from typing import Any

from django.core.management.commands import flush

from core import tenancy


class Command(flush.Command):
    """The same in everything else."""

    def handle(self, **options: Any) -> None:
        with tenancy.unscoped("the tables of all workspaces are emptied"):
            super().handle(**options)
