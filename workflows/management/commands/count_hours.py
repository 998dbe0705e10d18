"""`manage.py count_hours [--rebuild]`: count the runs of hours that are over, for statistics."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from workflows.services import rollups


class Command(BaseCommand):
    """What beat has done every minute. Statistics are right before, too, and slower: they read the runs themselves."""

    help = "Count the runs of hours that are over."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="forget what was counted, and count all of it again")

    def handle(self, *, rebuild: bool, **options: Any) -> None:
        done = rollups.rebuild() if rebuild else rollups.fold(seconds=float("inf"))
        self.stdout.write(f"{done} hours counted")
