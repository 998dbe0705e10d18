"""`manage.py dead_letters list|redrive|discard`: dead letters for operators, of all workspaces and of none."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from core import tenancy
from core.management import arguments, frame
from core.models import LetterKind, LetterStatus
from core.selectors import dead_letters
from core.selectors.dead_letters import Filters
from core.services import redriving

SHOWN = 100
FILTERS = ("kind", "status", "code", "workflow", "q", "since", "until")


class Command(BaseCommand):
    """Prints a line for each letter."""

    help = "List dead letters, try them again, or discard them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["list", "redrive", "discard"])
        parser.add_argument("ids", nargs="*", type=UUID, help="letters; without them, all open ones that are found")
        parser.add_argument("--workspace", help="slug; without it those of all workspaces, and of none")
        parser.add_argument("--kind", choices=[each.value for each in LetterKind])
        parser.add_argument("--status", choices=[each.value for each in LetterStatus])
        parser.add_argument("--code")
        parser.add_argument("--workflow", type=UUID, help="id of the workflow whose run failed")
        parser.add_argument("--since", type=arguments.instant, help="given up then or later, in ISO 8601")
        parser.add_argument("--until", type=arguments.instant, help="given up before then")
        parser.add_argument("--q", help="an id, or words of why")
        parser.add_argument("--after", type=UUID, help="list those older than this letter, the last of a list before")
        parser.add_argument("--reason", default="", help="for the records; to discard, it has to be given")
        parser.add_argument("--per-second", type=float, default=10, help="how many are tried again in a second")
        parser.add_argument("--preview", action="store_true", help="only say how many")

    def handle(self, *args: Any, **options: Any) -> None:
        filters = Filters(**{name: options[name] for name in FILTERS})
        if options["workspace"]:
            with frame.within(options["workspace"]):
                self._do(filters, options)
        else:
            with frame.told(), tenancy.unscoped("operators serve all workspaces"):
                self._do(filters, options)

    def _do(self, filters: Filters, options: dict[str, Any]) -> None:
        what: str = options["what"]
        if what == "list":
            self._list(filters, after=options["after"])
        elif options["ids"]:
            self._each(what, options)
        elif what == "redrive":
            self._redrive_all(filters, options)
        else:
            raise CommandError("Name the letters that are to be discarded.")

    def _list(self, filters: Filters, *, after: UUID | None) -> None:
        rows = dead_letters.listed(filters).select_related("workspace").order_by("-id")
        found = list((rows if after is None else rows.filter(pk__lt=after))[: SHOWN + 1])
        for row in found[:SHOWN]:
            where = row.workspace.slug if row.workspace else "-"
            self.stdout.write(f"{row.pk} {row.kind} {row.status} {where} {row.code}: {row.message}")
        if len(found) > SHOWN:  # not among the letters, which a program may read
            self.stderr.write(f"These are the newest {SHOWN}; there are more: --after {found[SHOWN - 1].pk}")

    def _each(self, what: str, options: dict[str, Any]) -> None:
        act = {"redrive": redriving.redrive, "discard": redriving.discard}[what]
        rows = dead_letters.listed(Filters()).filter(pk__in=options["ids"])
        known = set(rows.values_list("pk", flat=True))
        if missing := [each for each in options["ids"] if each not in known]:
            raise CommandError(f"There is no dead letter {missing[0]}.")
        for uid in options["ids"]:
            row = act(uid, by=frame.operator(), reason=options["reason"])
            self.stdout.write(f"{row.pk} {row.status}")

    def _redrive_all(self, filters: Filters, options: dict[str, Any]) -> None:
        pace: float = options["per_second"]
        if not redriving.MIN_PER_SECOND <= pace <= redriving.MAX_PER_SECOND:  # nor one that is no number
            least, most = redriving.MIN_PER_SECOND, redriving.MAX_PER_SECOND
            raise CommandError(f"--per-second is a number from {least:g} to {most:g}.")
        if options["preview"]:
            planned = redriving.preview(filters, per_second=pace)
        else:
            planned = redriving.schedule(filters, per_second=pace, by=frame.operator(), reason=options["reason"])
        self.stdout.write(f"{planned.scheduled} of {planned.matching} letters, the last at {planned.last_at or '-'}")
