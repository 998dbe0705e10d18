"""`manage.py export_workflow demo greet --to greet.yaml`: the draft of a workflow, or a version, as YAML."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from core import documents
from workflows.management.commands import _transfer
from workflows.selectors import versions, workflows


class Command(BaseCommand):
    """What it writes, `import_workflow` and `POST workflows/import/` read."""

    help = "Export a workflow as YAML."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workspace", help="slug of the workspace")
        parser.add_argument("workflow", help="slug or id of the workflow")
        parser.add_argument("--of", default="draft", help="draft, active, or the number of a version")
        parser.add_argument("--to", type=Path, help="a file; default: standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        with _transfer.within(options["workspace"]):
            text = documents.dump_yaml(versions.side(workflows.find(options["workflow"]), options["of"])[1])
            if options["to"] is None:
                self.stdout.write(text, ending="")
            else:
                options["to"].write_text(text)
                self.stderr.write(f"{options['to']} is written.")
