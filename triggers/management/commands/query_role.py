"""`manage.py query_role`: what SQL over events needs in the database."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from triggers.services.querying import role


class Command(BaseCommand):
    """Prints the SQL for somebody who may make roles; `--apply` runs it. `migrate` applies by itself what it may."""

    help = "Print, or with --apply run, the SQL that makes the role and the view of SEQUITUR_QUERY_DATABASE_URL."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="run it, as the login of DATABASE_URL")

    def handle(self, *args: Any, **options: Any) -> None:
        if not role.name():
            raise CommandError(
                "SEQUITUR_QUERY_DATABASE_URL is not set, or names no user: "
                "write it like postgresql://sequitur_queries:<password>@<host>/<database>."
            )
        if not options["apply"]:
            self.stdout.write(role.text())
            return
        outcome = role.apply(again=True)
        for each in outcome.refused:
            self.stderr.write(f"not done, {each}")
        if outcome.refused:
            self.stderr.write("Let somebody who may run what `manage.py query_role` prints.")
            sys.exit(1)
        self.stdout.write(f"the role {role.name()} may read the view of events")
