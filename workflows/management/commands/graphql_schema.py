"""`manage.py graphql_schema`: what can be asked over GraphQL, in its own language; `--file` writes it there."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from workflows.graphql.schema import written


class Command(BaseCommand):
    """Prints the schema, or writes it (`make openapi` does, into docs/)."""

    help = "Print the GraphQL schema, or write it into a file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, help="Where to; default: the standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["file"] is None:
            self.stdout.write(written(), ending="")
        else:
            options["file"].write_text(written())
