"""Cancel runs that have not ended."""

from uuid import UUID

from django.db.models import Q
from pydantic import Field

from workflows.engine.repairs import Target
from workflows.engine.states import FINISHED_RUN
from workflows.models import Run
from workflows.services import stopping
from workflows.services.bulk.operation import Effects, Operation, Options, Order


class CancelOptions(Options):
    """How runs are cancelled."""

    immediate: bool = Field(False, description="Interrupt what runs at the moment, too")


class Cancel(Operation[CancelOptions]):
    """Nothing more of a run starts; what runs is let end, or interrupted if it is to be immediate."""

    name = "cancel"
    target = Target.RUN
    options = CancelOptions

    def applies(self) -> Q:
        return ~Q(status__in=FINISHED_RUN)

    def look(self, row: Run, options: CancelOptions) -> Effects:
        return Effects()

    def act(self, target_id: UUID, order: Order[CancelOptions]) -> UUID | None:
        stopping.cancel_for(target_id, by=order.by, comment=order.words, is_immediate=order.options.immediate)
        return None
