"""`manage.py watch_table leads --workspace acme --name lead`: let PostgreSQL tell of what happens to a table's rows."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from core.errors import SequiturError
from core.management import arguments
from triggers.services import tables


class Command(BaseCommand):
    """Installs, replaces or removes the trigger of one table."""

    help = "Make events of every change of a table's rows, whoever makes it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("table", help="its name, or schema.table, as the database spells it")
        place = parser.add_mutually_exclusive_group()
        place.add_argument("--workspace", help="slug of the workspace that all rows belong to")
        place.add_argument("--workspace-column", default="", help="the column with the workspace's id (uuid) or slug")
        parser.add_argument("--name", help="what a row is called in events (default: the name of the table)")
        parser.add_argument("--fields", type=_names, help="the columns that are told: a,b (default: all)")
        parser.add_argument("--masked", type=_names, default=[], help="columns that are told as ***: c,d")
        parser.add_argument("--remove", action="store_true", help="end it")
        parser.add_argument("--sql", action="store_true", help="print the SQL, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            statements = self._statements(options)
            if options["sql"]:
                self.stdout.write(statements)
                return
            tables.run(statements)
        except SequiturError as error:
            raise CommandError(error.detail) from None
        except DatabaseError as error:
            raise CommandError(f"PostgreSQL refused it: {str(error).strip()}") from None
        self.stdout.write(f"{options['table']} is {'no longer watched' if options['remove'] else 'watched'}.")

    def _statements(self, options: dict[str, Any]) -> str:
        table = tables.find(options["table"])
        if options["remove"]:
            return tables.unwatching(table)
        if not options["workspace"] and not options["workspace_column"]:
            raise CommandError("Say whose rows they are: --workspace SLUG or --workspace-column COLUMN.")
        return tables.watching(
            table,
            name=options["name"] or table.name,
            fields=options["fields"],
            masked=options["masked"],
            workspace=arguments.workspace(options["workspace"]) if options["workspace"] else None,
            workspace_column=options["workspace_column"],
        )


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]
