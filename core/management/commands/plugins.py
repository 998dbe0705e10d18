"""`manage.py plugins`: what the plugins of `SEQUITUR_PLUGINS` bring, and what is wrong with them."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from core import plugins


class Command(BaseCommand):
    """Exits with 1 when a plugin is faulty."""

    help = "List the plugins, what each brings, and why a faulty one is not loaded."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        for each in plugins.listed():
            self.stdout.write(f"{each.status:6} {each.name}{f'  {each.reason}' if each.reason else ''}")
            for kind, keys in each.brings.items():
                self.stdout.write(f"         {kind}: {', '.join(keys)}")
        if not plugins.listed():
            self.stdout.write("There are no plugins: SEQUITUR_PLUGINS names none.")
        if any(each.reason for each in plugins.listed()):
            sys.exit(1)
