"""`manage.py load_event_types --workspace acme my_types.yaml`: register what files say about types of events."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import tenancy
from core.errors import SequiturError
from core.management import arguments
from triggers.models import Validation
from triggers.services import event_type_files


class Command(BaseCommand):
    """Safe to repeat. Without files, those that come with the product (`fixtures/event_types/`)."""

    help = "Register the event types of YAML files in a workspace."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path)
        parser.add_argument("--workspace", default="demo", help="its slug; demo when not given")
        parser.add_argument("--validation", choices=Validation.values, default=Validation.WARN, help="of new types")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = arguments.workspace(options["workspace"])
        files = options["files"] or event_type_files.shipped()
        try:
            with tenancy.scope(workspace.pk):
                found = event_type_files.load(files, validation=Validation(options["validation"]))
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from None
        except SequiturError as error:
            why = "".join(f"\n  {each.path}: {each.message}" for each in error.problems)
            raise CommandError(f"Nothing was loaded. {error.detail}{why}") from None
        for name, outcome in found:
            self.stdout.write(f"{outcome:8} {name}")
        self.stdout.write(f"{len(found)} event types are in the workspace {workspace.slug}.")
