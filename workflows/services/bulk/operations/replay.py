"""Start runs again, as new runs of the same events."""

from enum import StrEnum
from uuid import UUID

from django.db.models import Q
from pydantic import Field

from workflows.engine.repairs import Target
from workflows.engine.states import FINISHED_RUN
from workflows.models import Run
from workflows.services.bulk.operation import Effects, Operation, Options, Order
from workflows.services.repair import preview, rerunning


class Version(StrEnum):
    """Of which version the new runs are."""

    ORIGINAL = "original"
    CURRENT = "current"


class ReplayOptions(Options):
    """From where, and of what."""

    from_action: str | None = Field(None, max_length=100, description="Go on from this action; without it, from the "
                                                                      "start")  # fmt: skip
    version: Version = Field(Version.ORIGINAL, description="The version that ran then, or the one that is active now")


class Replay(Operation[ReplayOptions]):
    """A new run for each run that has ended. What cannot be started has failed: nobody else has done it."""

    name = "replay"
    target = Target.RUN
    options = ReplayOptions
    is_conflict_a_skip = False
    of_doubtful = "and are done again"

    def applies(self) -> Q:
        return Q(status__in=FINISHED_RUN)

    def look(self, row: Run, options: ReplayOptions) -> Effects:
        found = preview.preview(row, "replay", from_action=options.from_action, version=options.version.value)
        return Effects.of(found)

    def act(self, target_id: UUID, order: Order[ReplayOptions]) -> UUID | None:
        new = rerunning.rerun(
            target_id,
            by=order.by,
            reason=order.words,
            from_action=order.options.from_action,
            version=order.options.version.value,
        )
        return new.pk
