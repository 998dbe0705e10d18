"""What the API takes and gives about repairing runs."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel

from core.api.queries import Query
from core.api.shapes import one_of
from workflows.api.run_shapes import RunResponse
from workflows.models import Run
from workflows.services.repair.preview import Preview

MAX_REASON = 2000

Json = dict[str, Any]


class CancelMode(StrEnum):
    """Whether what runs at the moment is let end, or interrupted."""

    COOPERATIVE = "cooperative"
    IMMEDIATE = "immediate"


class CancelRequest(BaseModel):
    """How a run is cancelled, and what is said with it."""

    model_config = ConfigDict(extra="forbid")

    mode: CancelMode = Field(
        CancelMode.COOPERATIVE, description="cooperative: what runs is let end; immediate: it is interrupted"
    )
    comment: str = Field("", max_length=MAX_REASON, description="What is said with it")


class RetryRequest(BaseModel):
    """Why it is tried again."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=MAX_REASON, description="Why")


class SkipRequest(BaseModel):
    """Why an action is left out, and what later actions read in the place of its output."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=MAX_REASON, description="Why")
    output: Json | None = Field(None, description="What later actions read in the place of its output; default: {}")


class ReplayVersion(StrEnum):
    """Which version a replay goes by."""

    ORIGINAL = "original"
    CURRENT = "current"


class ReplayRequest(BaseModel):
    """From where a run is done again, and by which version."""

    model_config = ConfigDict(extra="forbid")

    from_action: str | None = Field(
        None, max_length=100, description="The key of the action; what it does not lead to is taken over. Default: all"
    )
    version: ReplayVersion = Field(ReplayVersion.ORIGINAL, description="That of the run, or the active one")
    reason: str = Field("", max_length=MAX_REASON, description="Why")
    idempotency_key: str = Field(
        "", max_length=255, description="With the same one there is one replay; or the header `Idempotency-Key`"
    )


class PreviewQuery(Query):
    """Whether anything is done."""

    preview: bool = Field(False, description="Only tell what would happen outside")


class TouchedResponse(BaseModel):
    """An action with effects that would be touched."""

    key: str
    iteration: str | None
    type: str
    fate: str = Field(description="executed, skipped (confirmed already) or needs_decision (nobody knows)")
    effects: int


class RepairPreviewResponse(BaseModel):
    """How many effects an operation would have. Nothing was done."""

    executed: int = Field(description="Effects that would be executed, at most")
    skipped: int = Field(description="Effects that are done already, and stay")
    needs_decision: int = Field(description="Effects that may have happened: a retry asks, a replay repeats them")
    is_estimate: bool = Field(description="Whether loops are among them whose items are not known yet")
    actions: list[TouchedResponse]


class ReplayedResponse(BaseModel):
    """The run that was started, and whether it had been before."""

    run: str
    replay_of: str
    from_action: str | None
    status: str
    duplicate: bool


class RepairedResponse(RootModel[RunResponse | RepairPreviewResponse]):
    """The run; with `preview`, what would happen outside."""

    model_config = ConfigDict(json_schema_extra=one_of)


class ReplayResponse(RootModel[ReplayedResponse | RepairPreviewResponse]):
    """The run that was started; with `preview`, what would happen outside."""

    model_config = ConfigDict(json_schema_extra=one_of)


def preview(found: Preview) -> RepairPreviewResponse:
    return RepairPreviewResponse(
        executed=found.executed,
        skipped=found.skipped,
        needs_decision=found.needs_decision,
        is_estimate=found.is_estimate,
        actions=[
            TouchedResponse(
                key=each.key, iteration=each.iteration or None, type=each.type, fate=each.fate, effects=each.effects
            )
            for each in found.actions
        ],
    )


def replayed(run: Run, *, duplicate: bool) -> ReplayedResponse:
    return ReplayedResponse(
        run=str(run.pk),
        replay_of=str(run.replay_of_id),
        from_action=run.replayed_from or None,
        status=run.status,
        duplicate=duplicate,
    )
