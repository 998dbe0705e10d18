"""Let runs go on with another version of their workflow."""

from uuid import UUID

from django.db.models import Q
from pydantic import Field

from core.errors import InvalidError, Problem
from core.models import Role
from workflows.engine.repairs import Target
from workflows.engine.states import FINISHED_RUN
from workflows.models import Run, WorkflowVersion
from workflows.services import moving
from workflows.services.bulk.operation import Effects, Operation, Options, Order
from workflows.services.moving import Goal, PinnedError


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
        version_id = _version(row.workflow_id, options.version)
        _check_role(row, version_id)
        moving.look(row, Goal.of(version_id))
        return Effects()

    def act(self, target_id: UUID, order: Order[MoveOptions]) -> UUID | None:
        row = Run.objects.select_related("workflow", "version").get(pk=target_id)
        version_id = _version(row.workflow_id, order.options.version)
        _check_role(row, version_id)
        moving.move(target_id, version_id=version_id, by=order.by, reason=order.words)
        return None


def _version(workflow_id: UUID, number: int) -> UUID:
    found = WorkflowVersion.objects.filter(workflow=workflow_id, number=number).values_list("pk", flat=True).first()
    if found is None:
        message = f"The workflow has no version {number}."
        raise InvalidError(message, problems=[Problem("/options/version", "unknown_version", message)])
    return found


def _check_role(run: Run, version_id: UUID) -> None:
    """Of versions that are not active, a run goes on with those alone whose actions may use no more than its own's do.

    Operators move runs, and what they choose among has to be what editors and admins let run now: publishing and
    rolling back look again at what a version may use, and moving does not. Raises `PinnedError`.
    """
    wanted = WorkflowVersion.objects.get(pk=version_id)
    if version_id != run.workflow.active_version_id and not Role(run.version.role).includes(Role(wanted.role)):
        raise PinnedError(
            f"Version {wanted.number} was published by the role {wanted.role} and is not active, and the run goes by "
            f"one of {run.version.role}. Roll the workflow back to it first."
        )
