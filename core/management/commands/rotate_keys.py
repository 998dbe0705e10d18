"""`manage.py rotate_keys`: bring all secrets under the newest key of SEQUITUR_ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import SequiturError
from core.services import rotation


class Command(BaseCommand):
    """Prints a line for each column of secrets."""

    help = "Re-encrypt all secrets with the newest key. Safe to repeat, and to interrupt."

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = 0
        try:
            for count in rotation.rotate():
                unreadable += count.unreadable
                self.stdout.write(
                    f"{count.column}: {count.rotated} re-encrypted, {count.current} were already, "
                    f"{count.unreadable} cannot be read"
                )
        except SequiturError as error:
            raise CommandError(error.detail) from None
        if unreadable:
            raise CommandError(f"{unreadable} cannot be read with any key: keep the key they need, or store them anew.")
        self.stdout.write("Everything is under the newest key; the older ones can be taken away.")
