"""Retry what failed in runs."""

from uuid import UUID

from django.db.models import Q

from workflows.engine.repairs import Target
from workflows.engine.states import RunStatus
from workflows.models import Run
from workflows.services.bulk.operation import Effects, Operation, Options, Order
from workflows.services.repair import preview, retrying


class Retry(Operation[Options]):
    """The run goes on from its failed actions; one that goes already is left alone."""

    name = "retry"
    target = Target.RUN
    options = Options

    def applies(self) -> Q:
        return Q(status=RunStatus.FAILED)

    def look(self, row: Run, options: Options) -> Effects:
        return Effects.of(preview.preview(row, "retry"))

    def act(self, target_id: UUID, order: Order[Options]) -> UUID | None:
        retrying.retry(target_id, by=order.by, reason=order.words)
        return None
