"""What the pages of a run and of an action have beside their fields: buttons, and the picture of the run."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from core.admin_site import ReadOnlyAdmin
from core.models import Role
from workflows.admin import waterfall
from workflows.admin.waterfall import Bar, Row, Try
from workflows.models import ActionRun, Run
from workflows.selectors import waiting

R = TypeVar("R", bound=Run | ActionRun)


class ControlPage(ReadOnlyAdmin[R]):
    """The page of a run or of an action: what is done about it has buttons there."""

    def controls(self, row: R) -> Iterable[str]:
        """The names of the actions that are for the row as it is now."""
        raise NotImplementedError

    def beside(self, row: R) -> dict[str, Any]:
        """What else the page shows."""
        return {}

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: R | None = None,
    ) -> HttpResponse:
        if obj is not None:
            context |= {"buttons": self._buttons(request, obj), **self.beside(obj)}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _buttons(self, request: HttpRequest, row: R) -> list[dict[str, str]]:
        """The name and the title of each action, if who asks may take them about the row."""
        if not self.may(request, Role.OPERATOR, row):
            return []
        known: Any = self.get_actions(request)
        return [{"name": name, "title": str(known[name][2])} for name in self.controls(row) if name in known]


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
