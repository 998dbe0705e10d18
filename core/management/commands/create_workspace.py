"""`manage.py create_workspace acme "Acme Ltd" --owner ann`: make a workspace."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from core.management import frame
from core.services import workspaces


class Command(BaseCommand):
    """Makes a workspace with a secret to sign webhooks with and, if named, an owner."""

    help = "Make a workspace."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("name")
        parser.add_argument("--owner", help="name of a user, who becomes its admin")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(username=options["owner"]).first() if options["owner"] else None
        if options["owner"] and owner is None:
            raise CommandError(f"There is no user {options['owner']!r}.")
        try:
            workspace = workspaces.create(slug=options["slug"], name=options["name"], owner=owner, by=frame.operator())
        except ValidationError as error:
            raise CommandError(f"The workspace was not made. {' '.join(error.messages)}") from None
        self.stdout.write(f"Made the workspace {workspace.slug} ({workspace.pk}).")
