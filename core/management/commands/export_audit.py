"""`manage.py export_audit --workspace demo > audit.jsonl`: the audit trail as JSON Lines."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core.management import arguments
from core.selectors import audit


class Command(BaseCommand):
    """Prints a line for each entry, the oldest first; `python -m core.audit_lines` proves the file."""

    help = "Print the audit trail of a workspace as JSON Lines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", required=True, help="slug of the workspace")
        parser.add_argument(
            "--since", type=arguments.instant, help="written then or later, in ISO 8601; UTC if it says no zone"
        )
        parser.add_argument("--until", type=arguments.instant, help="written before then")
        parser.add_argument("--actor")
        parser.add_argument("--action")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = arguments.workspace(options["workspace"])
        columns = {"at__gte": "since", "at__lt": "until", "actor": "actor", "action": "action"}
        wanted = {column: options[name] for column, name in columns.items() if options[name] is not None}
        for line in audit.exported(workspace, wanted):
            self.stdout.write(line, ending="")
