"""`manage.py create_api_key demo --name ci --role editor`: make an API key, shown this once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.management import frame
from core.models import Role, Workspace
from core.services import api_keys


class Command(BaseCommand):
    """Prints the key alone on standard output."""

    help = "Make an API key of a workspace. It is printed once and cannot be read again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workspace", help="slug of the workspace")
        parser.add_argument("--name", required=True, help="what the key is for")
        parser.add_argument("--role", choices=[role.value for role in Role], default=Role.OPERATOR.value)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = Workspace.objects.filter(slug=options["workspace"]).first()
        if workspace is None:
            known = ", ".join(Workspace.objects.values_list("slug", flat=True)[:20]) or "none"
            raise CommandError(f"There is no workspace {options['workspace']!r}; there are: {known}.")
        _, key = api_keys.issue(workspace, name=options["name"], role=Role(options["role"]), by=frame.operator())
        self.stdout.write(key)
