"""What the pages of a run and of an action have beside their fields: buttons, and the picture of the run."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from core.admin_site import RowAdmin
from core.models import Role
from workflows.admin import waterfall
from workflows.admin.waterfall import Bar, Row, Try
from workflows.models import ActionRun, Run
from workflows.selectors import waiting


def buttons(
    page: RowAdmin[Any], request: HttpRequest, row: Run | ActionRun, names: Iterable[str]
) -> list[dict[str, str]]:
    """The name and the title of each of these actions, if who asks may take them about the row."""
    if not page.may(request, Role.OPERATOR, row):
        return []
    known: Any = page.get_actions(request)
    return [{"name": name, "title": str(known[name][2])} for name in names if name in known]


def picture(run: Run, *, limit: int) -> list[Bar]:
    """The bars of a run's actions; of the first so many."""
    rows = ActionRun.objects.filter(run=run).prefetch_related("attempts").order_by("position", "iteration")[:limit]
    until = run.finished_at or timezone.now()
    return waterfall.bars([_row(each) for each in rows], since=run.created_at, until=until)


def _row(row: ActionRun) -> Row:
    tries = tuple(Try(each.number, each.outcome, each.started_at, each.finished_at) for each in row.attempts.all())
    name = f"{row.key}[{row.iteration}]" if row.iteration else row.key
    return Row(
        row.pk, name, row.type, row.status, row.started_at, row.claimed_at, row.finished_at, tries,
        waits_for=waiting.kind_of(row) or "",
    )  # fmt: skip
