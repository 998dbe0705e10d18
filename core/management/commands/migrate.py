"""`manage.py migrate`: Django's, acting for all workspaces, since tables are of all of them."""

from typing import Any

from django.core.management.commands import migrate

from core import tenancy


class Command(migrate.Command):
    """The same in everything else."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        with tenancy.unscoped("migrations change the rows of all workspaces"):
            return super().handle(*args, **options)
