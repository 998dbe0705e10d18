"""Let runs go on with another version of their workflow."""

from uuid import UUID

from django.db.models import Q
from pydantic import Field

from core.errors import InvalidError, Problem
from workflows.engine.repairs import Target
from workflows.engine.states import FINISHED_RUN
from workflows.models import Run, WorkflowVersion
from workflows.services import moving
from workflows.services.bulk.operation import Effects, Operation, Options, Order
from workflows.services.moving import Goal


class MoveOptions(Options):
    """With which version."""

    version: int = Field(ge=1, le=2**31 - 1, description="The number of the version that the runs go on with")


class Move(Operation[MoveOptions]):
    """What has not begun goes by the other version; a run that cannot go on with it is skipped, its item says why."""

    name = "move"
    target = Target.RUN
    options = MoveOptions

    def applies(self) -> Q:
        return ~Q(status__in=FINISHED_RUN) & Q(outcome=None)

    def look(self, row: Run, options: MoveOptions) -> Effects:
        moving.look(row, Goal.of(_version(row.workflow_id, options.version)))
        return Effects()

    def act(self, target_id: UUID, order: Order[MoveOptions]) -> UUID | None:
        workflow_id = Run.objects.values_list("workflow_id", flat=True).get(pk=target_id)
        version_id = _version(workflow_id, order.options.version)
        moving.move(target_id, version_id=version_id, by=order.by, reason=order.words)
        return None


def _version(workflow_id: UUID, number: int) -> UUID:
    found = WorkflowVersion.objects.filter(workflow=workflow_id, number=number).values_list("pk", flat=True).first()
    if found is None:
        message = f"The workflow has no version {number}."
        raise InvalidError(message, problems=[Problem("/options/version", "unknown_version", message)])
    return found
