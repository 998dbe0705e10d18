"""`manage.py export_workspace demo --to folder/`: a whole workspace as files for version control, or one document."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from workflows.management.commands import _transfer
from workflows.services.transfer import exporting, folders
from workflows.services.transfer.exporting import Form

_FORMS = {".yaml": Form.YAML, ".yml": Form.YAML, ".zip": Form.ZIP, ".json": Form.JSON}


class Command(BaseCommand):
    """A name that ends with .json, .yaml or .zip is a file, any other a folder."""

    help = "Export a workspace: workflows, event types, message templates, connectors, connections without secrets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workspace", help="slug of the workspace")
        parser.add_argument("--to", help="a file (.json, .yaml, .zip) or a folder; default: YAML to standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        with _transfer.within(options["workspace"]) as workspace:
            if options["to"] is None:
                for chunk in [b"".join(exporting.written(workspace, Form.YAML))]:
                    self.stdout.write(chunk.decode(), ending="")
                return
            target = Path(options["to"])
            if target.suffix in _FORMS and not target.is_dir():
                with target.open("wb") as file:
                    file.writelines(exporting.written(workspace, _FORMS[target.suffix]))
                self.stderr.write(f"{target} is written.")
            else:
                number = folders.write(workspace, target, now=timezone.now())
                self.stderr.write(f"{number} files are written below {target}.")
