"""`manage.py import_workspace demo folder/ --dry-run`: bring a bundle into a workspace, all of it or nothing."""

from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import InvalidError
from core.management import frame
from workflows.management.commands import _transfer
from workflows.services.transfer import outcomes, restoring
from workflows.services.transfer.outcomes import Conflict
from workflows.services.transfer.restoring import Wish


class Command(BaseCommand):
    """Prints what would be done, and does that, unless it is a dry run or something is refused (then with status 1)."""

    help = "Import a bundle that export_workspace wrote: a folder, or a JSON or YAML document."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workspace", help="slug of the workspace")
        parser.add_argument("bundle", help="a folder or a file; - is standard input")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and do nothing")
        parser.add_argument("--mapping", help="a file with other names, in JSON or YAML")
        parser.add_argument("--on-conflict", choices=[*map(str, Conflict)], default="refuse")
        parser.add_argument("--publish", action="store_true", help="let workflows become what they are in the bundle")

    def handle(self, *args: Any, **options: Any) -> None:
        with _transfer.within(options["workspace"]):
            document = _transfer.document(options["bundle"])
            if not isinstance(document, dict):
                raise InvalidError(f"{options['bundle']} is no bundle of a workspace: expected an object.")
            wish = Wish(Conflict(options["on_conflict"]), _transfer.names(options["mapping"]), options["publish"])
            by = frame.actor()
            report = restoring.run(document, wish, by=by)
            if not options["dry_run"] and not report.is_refused:
                report = restoring.run(document, replace(wish, is_dry=False, expected=report.digest), by=by)
        _transfer.show(report, self.stdout.write)
        if report.is_refused:
            number = report.counts[outcomes.Outcome.REFUSED]
            raise CommandError(f"{number} of {len(report.items)} cannot be imported as they are; nothing was done.")
