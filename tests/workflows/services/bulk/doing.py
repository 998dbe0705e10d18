"""Repairs in the states that tests look at, and an operation that fails where the event says so."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from core import ids, tenancy
from core.errors import InvalidError
from core.models import AuditEntry, Workspace
from tests import factories, runner
from triggers.services import matching
from workflows.engine.repairs import ItemStatus, Target
from workflows.models import Repair, RepairItem, Run
from workflows.services import stopping
from workflows.services.bulk import requesting, table, working
from workflows.services.bulk.filters import RunFilter
from workflows.services.bulk.operation import Effects, Operation, Options, Order
from workflows.services.bulk.requesting import Request
from workflows.services.bulk.working import Step

ASK = {"id": "ask", "type": "approval", "params": {"message": "Pay?"}}


class Fragile(Operation[Options]):
    """Cancels runs, and then fails for those whose event says `refuse` or `break`."""

    name = "fragile"
    target = Target.RUN
    options = Options

    def applies(self) -> Q:
        return Q()

    def look(self, row: Run, options: Options) -> Effects:
        return Effects()

    def act(self, target_id: UUID, order: Order[Options]) -> UUID | None:
        stopping.cancel_for(target_id, by=order.by)
        data = Run.objects.select_related("event").get(pk=target_id).event.data
        if data.get("refuse"):
            raise InvalidError("It does not want to.")
        if data.get("break"):
            raise RuntimeError("a bug")
        return None


def waiting_runs(workspace: Workspace, number: int, *datas: dict[str, Any], **changes: Any) -> list[Run]:
    """So many runs of one new workflow, each waiting for a person."""
    workflow = factories.published(workspace, factories.definition(ASK, **changes))
    events = [factories.event(workspace, **data) for data in (*datas, *[{"n": n} for n in range(number - len(datas))])]
    matching.match_many([event.pk for event in events])
    runner.drain()
    with tenancy.scope(workspace.pk):
        return list(Run.objects.filter(event__in=events, workflow=workflow).order_by("pk"))


def requested(operation: str = "cancel", *, expected: int, **changes: Any) -> Repair:
    """A repair of the waiting runs of the workspace in scope."""
    found = table.find(Target.RUN, operation)
    wanted = {"filter": RunFilter(status=["waiting"]), "by": "Ada", "per_second": 100.0, **changes}
    return requesting.request(Request(found, options=found.options(), expected=expected, **wanted)).repair


def steps(repair: Repair, number: int = 1_000, *, now: datetime | None = None) -> list[Step]:
    """What came of so many steps, each at a time at which the bucket is full; fewer when it leaves."""
    came, holder, at = [], ids.new_id(), now or timezone.now()
    for _ in range(number):
        at += timedelta(seconds=10)
        came.append(working.step(repair.pk, holder=holder, now=at))
        if came[-1] is Step.LEAVES:
            break
    repair.refresh_from_db()
    return came


def counts(repair: Repair) -> tuple[int, int, int]:
    """Done, failed, skipped, by the repair's own counters, which are those of its items."""
    repair.refresh_from_db()
    found = tuple(RepairItem.objects.filter(repair=repair, status=each).count() for each in DONE)
    assert found == (repair.done, repair.failed, repair.skipped)
    return found[0], found[1], found[2]


DONE = (ItemStatus.DONE, ItemStatus.FAILED, ItemStatus.SKIPPED)


def audited(action: str) -> list[AuditEntry]:
    """The entries of the workspace in scope, the oldest first."""
    return list(AuditEntry.objects.filter(action=action).order_by("id"))
