"""`manage.py demo`: what `make demo` shows. One event, posted over HTTP, and everything that came of it."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workflows import demo


class Command(BaseCommand):
    """Needs a running Sequitur on `SEQUITUR_PORT`, and its admin key in `SEQUITUR_BOOTSTRAP_API_KEY`."""

    help = "Post an event to the running server, wait for the run and print its timeline."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = os.environ.get("SEQUITUR_HOST", "127.0.0.1"), os.environ.get("SEQUITUR_PORT", "8000")
        key = os.environ.get("SEQUITUR_BOOTSTRAP_API_KEY", "")
        try:
            demo.show(f"http://{host}:{port}", api_key=key, say=self.stdout.write)
        except demo.DemoFailedError as error:
            raise CommandError(str(error)) from None
