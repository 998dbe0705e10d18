"""`manage.py row_security`: whether PostgreSQL keeps workspaces apart, and what makes it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.row_security import policies


class Command(BaseCommand):
    """`--check`, which is the default, exits with 1 when something is missing. `migrate` applies by itself."""

    help = "Check, or with --apply make, the role and the policies of row-level security of every table of tenants."

    def add_arguments(self, parser: CommandParser) -> None:
        group = parser.add_mutually_exclusive_group()
        group.add_argument("--check", action="store_true", help="say what is missing; nothing is changed")
        group.add_argument("--apply", action="store_true", help="make what is missing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["apply"]:
            made = policies.apply()
            self.stdout.write(f"made: {', '.join(made)}" if made else "nothing was missing")
            return
        if unwalled := policies.unwalled():
            names = ", ".join(unwalled)
            self.stdout.write(f"not walled: {names} (their models have a workspace, and no tenancy.ScopedManager)")
        if found := policies.missing():
            self.stdout.write(f"missing: {', '.join(found)}")
            sys.exit(1)
        self.stdout.write(f"{len(policies.walls())} tables are walled")
