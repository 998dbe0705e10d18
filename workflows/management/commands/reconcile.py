"""`manage.py reconcile`: prove that every event was accounted for. Ends with status 1 where something is not."""

import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from itertools import count
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from core.models import Workspace
from workflows.services import reconciling
from workflows.services.reconciling import Account

HEAD = ("workspace", "source", "events", "candidates", "fired", "not matched", "suppressed", "failed", "pending")


class Command(BaseCommand):
    """Prints a table and a sentence for each drift; progress goes to stderr. Reads only."""

    help = "Compare what came in with what became of it: events x candidates = fired + not matched + suppressed + ..."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", help="the slug of one; default: all")
        parser.add_argument("--since", help="events that came since then (ISO 8601); without the tallies")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        since = _instant(options["since"]) if options["since"] else None
        rows = Workspace.objects.order_by("slug")
        if options["workspace"]:
            rows = rows.filter(slug=options["workspace"])
            if not rows:
                raise CommandError(f"There is no workspace {options['workspace']!r}.")
        accounts = [reconciling.reconcile(row, since=since, say=self._say) for row in rows]
        if options["json"]:
            self.stdout.write(json.dumps([each.to_json() for each in accounts], indent=2))
        else:
            self._print(accounts)
        if any(each.drifts for each in accounts):
            sys.exit(1)

    def _say(self, text: str) -> None:
        self.stderr.write(text, self.style.NOTICE)

    def _print(self, accounts: list[Account]) -> None:
        for line in _table([HEAD, *(row for each in accounts for row in _rows(each))]):
            self.stdout.write(line)
        for account in accounts:
            if account.undecided:
                shown = ", ".join(account.undecided_examples)
                self.stdout.write(f"{account.workspace}: {account.undecided:,} events wait to be decided on: {shown}")
            for drift in account.drifts:
                self.stdout.write(f"{account.workspace}: {drift.sentence}")
        number = sum(len(each.drifts) for each in accounts)
        self.stdout.write(f"{number} kinds of drift." if number else "No drift.")


def _instant(text: str) -> datetime:
    try:
        found = parse_datetime(text) or parse_datetime(f"{text}T00:00:00")
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"--since is an instant like 2026-11-22T10:00:00Z, got {text!r}.")
    return found if found.tzinfo else timezone.make_aware(found)


def _rows(account: Account) -> list[tuple[str, ...]]:
    return [
        (
            account.workspace,
            each.source,
            "-" if each.events is None else f"{each.events:,}",
            *(f"{number:,}" for number in (each.candidates, each.fired, each.not_matched)),
            *(f"{number:,}" for number in (each.suppressed, each.failed, each.pending)),
        )
        for each in account.ledgers
    ]


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    """Lines with columns of equal width, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.rjust(width) if place > 1 else cell.ljust(width) for place, cell, width in columns)
        for columns in (zip(count(), row, widths, strict=False) for row in rows)
    ]
