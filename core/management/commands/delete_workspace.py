"""`manage.py delete_workspace demo --confirm demo`: delete a workspace, and everything that ever happened in it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.management import arguments
from core.services import workspaces


class Command(BaseCommand):
    """The only way in which entries of the audit trail go."""

    help = "Delete a workspace with its workflows, runs, secrets and audit trail. There is no way back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workspace", help="slug of the workspace")
        parser.add_argument("--confirm", required=True, help="the slug again")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["confirm"] != options["workspace"]:
            raise CommandError("--confirm must repeat the slug of the workspace; nothing was deleted.")
        workspace = arguments.workspace(options["workspace"])
        number = workspaces.delete(workspace)
        self.stdout.write(f"Deleted the workspace {workspace.slug}, {number} rows.")
