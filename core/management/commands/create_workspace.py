"""`manage.py create_workspace acme "Acme Ltd" --owner ann`: make a workspace."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from core.models import Workspace
from core.services import workspaces


class Command(BaseCommand):
    """Makes a workspace with a secret to sign webhooks with and, if named, an owner."""

    help = "Make a workspace."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("name")
        parser.add_argument("--owner", help="name of a user, who becomes its admin")

    def handle(self, *args: Any, **options: Any) -> None:
        if Workspace.objects.filter(slug=options["slug"]).exists():
            raise CommandError(f"There is a workspace {options['slug']!r} already.")
        owner = User.objects.filter(username=options["owner"]).first() if options["owner"] else None
        if options["owner"] and owner is None:
            raise CommandError(f"There is no user {options['owner']!r}.")
        workspace = workspaces.create(slug=options["slug"], name=options["name"], owner=owner)
        self.stdout.write(f"Made the workspace {workspace.slug} ({workspace.pk}).")
