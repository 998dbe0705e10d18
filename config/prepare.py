"""Brings the database up to date in one process: `python -m config.prepare` migrates and seeds. Safe to repeat."""

import io
import os
import sys

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from core import tenancy


def main() -> int:
    """Apply the migrations that are missing, then `manage.py seed`; says only what it did."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("check", stdout=io.StringIO())  # raises what is wrong; that nothing is need not be said
    with tenancy.unscoped("tables are of all workspaces"):
        _migrate()
    call_command("seed")
    return 0


def _migrate() -> None:
    from core.row_security import policies  # needs models
    from triggers.services.querying import role

    executor = MigrationExecutor(connection)
    # `migrate` with nothing to do still re-creates permissions and content types: half of a second start.
    if missing := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
        sys.stdout.write(f"applied {len(missing)} migrations\n")
        return
    if settings.SEQUITUR_ROW_SECURITY != "off" and (made := policies.apply()):
        sys.stdout.write(f"walled {len(made)} tables\n")
    for each in role.apply().refused:
        sys.stdout.write(f"queries over events need more than this login may do: {each}\n")


if __name__ == "__main__":
    sys.exit(main())
