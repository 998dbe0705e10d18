"""`manage.py import_workflow demo greet.yaml --dry-run`: make drafts of the definitions in files."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core import documents
from core.management import frame
from workflows.management.commands import _transfer
from workflows.services.transfer import importing
from workflows.services.transfer.importing import Wish
from workflows.services.transfer.outcomes import Conflict


class Command(BaseCommand):
    """All of them or none; with status 1 where one is refused, or lacks what keeps it from being published."""

    help = "Import workflows from YAML or JSON, each a draft; one file may hold several (YAML, divided by ---)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workspace", help="slug of the workspace")
        parser.add_argument("file", nargs="+", help="- is standard input")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and do nothing")
        parser.add_argument("--on-conflict", choices=[*map(str, Conflict)], default="refuse")

    def handle(self, *args: Any, **options: Any) -> None:
        with _transfer.within(options["workspace"]):
            found = [each for path in options["file"] for each in _documents(path)]
            conflict = Conflict(options["on_conflict"])
            report = importing.run(found, Wish(conflict, is_dry=True), by=frame.actor())
            if not options["dry_run"] and not report.is_refused:
                report = importing.run(found, Wish(conflict), by=frame.actor())
        _transfer.show(report, self.stdout.write)
        number = sum(1 for item in report.items if not item.is_clean)
        if number:
            raise CommandError(f"{number} of {len(report.items)} cannot be published as they are.")


def _documents(path: str) -> list[Any]:
    """JSON is YAML; read as what it is, it may be larger."""
    raw, limit = _transfer.content(path), settings.SEQUITUR_MAX_BODY_BYTES
    if raw.lstrip()[:1] == b"{":
        return [documents.parse_json(raw, max_bytes=limit)]
    return documents.parse_yaml_stream(raw, max_bytes=limit, max_documents=importing.MAX_DOCUMENTS)
