"""`manage.py doctor`: whether the installation can work, one line for each part, with what to do."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from core.management.printing import line
from core.selectors import doctor

SIGNS = {"ok": "ok     ", "warning": "WARNING", "fault": "FAULT  "}


class Command(BaseCommand):
    """Exits with 1 when there is a fault."""

    help = "Look at the database, the broker, workers, beat, clocks and keys, and say what to do."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        found = doctor.examine()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(each) for each in found], indent=2))
        else:
            for each in found:
                self.stdout.write(line(f"{SIGNS[each.state]} {each.part}: {each.said} {each.todo}").rstrip())
        if any(each.state == "fault" for each in found):
            sys.exit(1)
