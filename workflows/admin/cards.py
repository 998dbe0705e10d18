"""The cards of the admin's first page; what each means and what to do about it: docs/operators.md."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from core.dashboards import Card, Line
from core.models import Workspace
from core.selectors import health
from workflows.selectors import dashboards
from workflows.selectors.dashboards import MOST, Dashboard, Failing, Waiting

OLD_SECONDS = 60
BAD = {"failed", "needs_decision"}


def cards(workspace_ids: Sequence[UUID] | None) -> list[Card]:
    """Those about these workspaces; None: about all, with the health of the installation after them."""
    now = timezone.now()
    ids = list(Workspace.objects.order_by().values_list("pk", flat=True)) if workspace_ids is None else workspace_ids
    found = dashboards.read(ids, now=now)
    return [*_of(found, now), *(_installation(now) if workspace_ids is None else ())]


def _of(found: Dashboard, now: datetime) -> Iterator[Card]:
    recent = [_status(status, count, last="day") for status, count in found.recent.items() if count]
    yield Card("Runs of the last 24 hours", recent, "No run began.")
    yield Card("Runs at the moment", [_status(status, count) for status, count in found.now.items()])
    yield Card("Failing workflows, last 24 hours", [_failing(each) for each in found.failing], "No run failed.")
    yield Card("Paused by circuit breakers", [
        Line(each.name, "open", url=_page("workflow", each.workflow_id), is_bad=True) for each in found.paused
    ])  # fmt: skip
    yield Card("Waiting for workers", [_waiting(each, now) for each in found.waiting])
    url = reverse("admin:core_deadletter_changelist")
    letters = [Line(kind, _number(count), url=f"{url}?status__exact=open&kind__exact={kind}", is_bad=True)
               for kind, count in found.dead.items()]  # fmt: skip
    yield Card("Open dead letters", letters)


def _installation(now: datetime) -> Iterator[Card]:
    found = health.read()
    yield Card("Beat", [Line("last tick", _ago(found.beat_at, now), is_bad=found.is_silent(found.beat_at, now=now))])
    workers = [Line(name, _ago(at, now), is_bad=found.is_silent(at, now=now)) for name, at in found.workers]
    yield Card("Workers, last heard of", workers, "No worker was heard of within a day.")
    queues = [Line(name, f"{length:,}") for name, length in (found.queues or {}).items()]
    yield Card("Messages in the broker", queues, "The broker does not answer.")
    if found.unreadable:
        url = reverse("admin:core_deadletter_changelist")
        yield Card("Messages of no workspace", [Line("dead", _number(found.unreadable), url=url, is_bad=True)])


def _status(status: str, count: int, last: str = "") -> Line:
    asked = {"held": "yes"} if status == "held" else {"status__exact": status}
    query = urlencode({**asked, **({"last": last} if last else {})})
    url = f"{reverse('admin:workflows_run_changelist')}?{query}"
    return Line(status.replace("_", " "), _number(count), url=url, is_bad=status in BAD and count > 0)


def _failing(each: Failing) -> Line:
    error = each.error or {}
    note = f"last: {error.get('message', '')[:200]} ({error.get('code', '')})" if error else ""
    value = f"{_number(each.failed)} of {_number(each.runs)} ({each.percent:g} %)"
    return Line(each.name, value, note, _page("run", each.last_run_id), is_bad=True)


def _waiting(each: Waiting, now: datetime) -> Line:
    age = (now - each.oldest_at).total_seconds() if each.oldest_at else 0.0
    value = f"{_number(each.with_message)} with a message, {_number(each.in_backlog)} without"
    return Line(each.what, value, f"the oldest for {age:,.0f} s" if each.oldest_at else "", is_bad=age > OLD_SECONDS)


def _ago(at: datetime | None, now: datetime) -> str:
    return "never" if at is None else f"{(now - at).total_seconds():,.0f} s ago"


def _number(count: int) -> str:
    return f"{MOST:,} or more" if count >= MOST else f"{count:,}"


def _page(model: str, pk: UUID) -> str:
    return reverse(f"admin:workflows_{model}_change", args=[pk])
