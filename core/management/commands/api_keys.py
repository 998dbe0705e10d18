"""`manage.py api_keys list|revoke|rotate`: the API keys of a workspace; `create_api_key` makes them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.management import frame
from core.models import ApiKey
from core.services import api_key_changes

SHOWN = 500


class Command(BaseCommand):
    """Prints a line for each key; of one that is rotated, the new key alone."""

    help = "List the API keys of a workspace, revoke one, or replace one by a new key, printed once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["list", "revoke", "rotate"])
        parser.add_argument("workspace", help="slug of the workspace")
        parser.add_argument("prefix", nargs="?", help="what the list shows of the key: sq_ab12cd34")
        parser.add_argument("--overlap-seconds", type=int, default=0, help="how long the old key stays valid")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["overlap_seconds"] <= api_key_changes.MAX_OVERLAP_SECONDS:
            raise CommandError(f"--overlap-seconds is 0 to {api_key_changes.MAX_OVERLAP_SECONDS}.")
        with frame.within(options["workspace"]):
            self._do(options)

    def _do(self, options: dict[str, Any]) -> None:
        if options["what"] == "list":
            for row in ApiKey.objects.all()[:SHOWN]:
                end = f"revoked {row.revoked_at:%Y-%m-%d}" if row.revoked_at else f"expires {row.expires_at or 'never'}"
                self.stdout.write(f"{row.prefix} {row.role} {','.join(row.scopes) or '-'} {end} {row.name}")
            return
        row = _found(options["prefix"])
        if options["what"] == "revoke":
            api_key_changes.revoke(row.pk, by=frame.actor())
            self.stdout.write(f"{row.prefix} revoked")
        else:
            _, _, key = api_key_changes.rotate(row.pk, overlap_seconds=options["overlap_seconds"], by=frame.actor())
            self.stdout.write(key)


def _found(prefix: str | None) -> ApiKey:
    """The one key with this prefix. Two may share one, since keys that were made elsewhere begin as they like."""
    rows = list(ApiKey.objects.filter(prefix=prefix or "")[:2])
    if len(rows) != 1:
        raise CommandError(f"There is {'more than one' if rows else 'no'} key {prefix!r}.")
    return rows[0]
