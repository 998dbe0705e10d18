"""`manage.py repair demo cancel --status waiting --preview`: one operation on many runs or notifications."""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import validation
from core.management import frame
from workflows.engine.repairs import GOING, Target
from workflows.models import Repair
from workflows.services.bulk import filters, previewing, requesting, table, working
from workflows.services.bulk.previewing import Preview
from workflows.services.bulk.requesting import Request

POLL_SECONDS = 0.5
BAR_CHARACTERS = 30
LISTS = {"status": "status", "id": "ids"}  # that may be given several times
TEXTS = ("workflow", "event_type", "since", "until", "error_code", "action", "version", "channel", "trigger", "run")
OPTIONS = {"immediate": "immediate", "from_action": "from_action", "by_version": "version", "to_version": "version"}


class Command(BaseCommand):
    """Shows the preview, asks unless `--yes`, and moves the repair on until it is over; workers help, if they run."""

    help = "Do one operation to many runs (cancel, retry, replay, move) or notifications (replay), chosen by a filter."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workspace", help="slug of the workspace")
        parser.add_argument("operation", choices=sorted({each.name for each in table.OPERATIONS}))
        parser.add_argument("--notifications", action="store_true", help="not runs, but notifications")
        parser.add_argument("--status", action="append", help="may be given several times")
        parser.add_argument("--id", action="append", help="may be given several times")
        for name in TEXTS:
            flag = "of-version" if name == "version" else name.replace("_", "-")  # `--version` is Django's
            parser.add_argument(f"--{flag}", dest=f"filter_{name}")
        parser.add_argument("--immediate", action="store_true", help="cancel: interrupt what runs")
        parser.add_argument("--from-action", help="replay: go on from this action")
        parser.add_argument("--by-version", choices=["original", "current"], help="replay: of which version")
        parser.add_argument("--to-version", type=int, help="move: the number of the version that they go on with")
        parser.add_argument("--reason", default="", help="kept with each run")
        parser.add_argument("--per-second", type=float, default=requesting.DEFAULT_PER_SECOND, help="the pace")
        parser.add_argument("--max-errors", type=int, default=requesting.DEFAULT_MAX_ERRORS, help="the error budget")
        parser.add_argument("--preview", action="store_true", help="say what would happen, and do nothing")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--detach", action="store_true", help="leave it to the workers")

    def handle(self, *args: Any, **options: Any) -> None:
        with frame.within(options["workspace"]):
            self._repair(options)

    def _repair(self, options: dict[str, Any]) -> None:
        wanted = _request(options)
        shown = previewing.preview(
            wanted.operation, wanted.filter, options=wanted.options, per_second=wanted.per_second
        )
        self.stdout.write("\n".join(_lines(wanted, shown)))
        if options["preview"] or not shown.matched:
            return
        if not options["yes"] and input("Do it? [y/N] ").strip().lower() not in {"y", "yes"}:
            raise CommandError("Nothing was done.")
        repair = requesting.request(_request(options, expected=shown.matched)).repair
        self.stdout.write(f"Repair {repair.pk}")
        if not options["detach"]:
            self._follow(repair)

    def _follow(self, repair: Repair) -> None:
        """Move it on until it is over. Interrupted, it goes on with the workers."""
        while repair.status in GOING:
            working.work(repair.pk)
            repair.refresh_from_db()
            if self.stdout.isatty():
                self.stdout.write(f"\r{_bar(repair)}", ending="")
                self.stdout.flush()
            if repair.status in GOING:
                time.sleep(POLL_SECONDS)
        if self.stdout.isatty():
            self.stdout.write("")
        self.stdout.write(_summary(repair))


def _request(options: dict[str, Any], *, expected: int = 0) -> Request:
    target = Target.NOTIFICATION if options["notifications"] else Target.RUN
    operation = table.find(target, options["operation"])
    lists = {name: options[given] for given, name in LISTS.items() if options[given]}
    texts = {name: options[f"filter_{name}"] for name in TEXTS if options[f"filter_{name}"] is not None}
    how = {name: options[given] for given, name in OPTIONS.items() if options[given]}
    return requesting.checked(
        operation=operation,
        filter=validation.parse(filters.OF[target], {**lists, **texts}, detail="The filter is not valid."),
        options=table.options(operation, how),
        expected=expected,
        by=frame.operator(),
        reason=options["reason"],
        per_second=options["per_second"],
        max_errors=options["max_errors"],
    )


def _lines(wanted: Request, shown: Preview) -> Iterator[str]:
    what, effects = f"{wanted.operation.target}s", shown.effects
    yield f"{wanted.operation.name}: {shown.matched:,} {what}, about {shown.estimated_seconds:,} s at this pace"
    for each in shown.by_workflow:
        yield f"  {each.name}: {each.number:,}"
    yield f"  effects: {effects.executed:,} executed, {effects.skipped:,} confirmed already and skipped, "
    yield f"           {effects.needs_decision:,} of which nobody knows whether they were done"
    for warning in shown.warnings:
        yield f"  note: {warning}"


def _bar(repair: Repair) -> str:
    over = repair.total - repair.pending
    full = BAR_CHARACTERS * over // repair.total
    return f"[{'#' * full}{'.' * (BAR_CHARACTERS - full)}] {over:,}/{repair.total:,}, {repair.failed:,} failed"


def _summary(repair: Repair) -> str:
    counts = f"{repair.done:,} done, {repair.failed:,} failed, {repair.skipped:,} skipped, {repair.pending:,} left"
    return f"{repair.status}: {counts}. {repair.status_reason}".rstrip()
