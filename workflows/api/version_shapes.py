"""What the API takes and gives about versions: publishing, going back, and what differs between them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.api.queries import Query
from core.api.shapes import Page
from core.models import Role
from core.preconditions import Expected
from workflows.api.shapes import REVISION, VersionResponse
from workflows.definitions.diffing import Change, Kind
from workflows.engine.moving import RunsPolicy
from workflows.models import WorkflowVersion
from workflows.services import workflows
from workflows.services.publishing import Fate, Preview, Wish

MAX_RUN_IDS = 10_000


class ActivateRequest(BaseModel):
    """Why a version is to be the active one, and what becomes of the runs that have not ended."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=workflows.MAX_REASON_CHARACTERS, description="Why; kept with the version")
    runs: RunsPolicy | None = Field(
        None,
        description="Runs that go on: `pin` to their version, `follow` where they can, `migrate` those chosen; null: "
        "what the definition says (`settings.on_publish`)",
    )
    run_ids: list[UUID] | None = Field(
        None, min_length=1, max_length=MAX_RUN_IDS, description="Of `migrate`: these alone"
    )
    matched: int | None = Field(
        None, ge=0, le=1_000_000, description="Of `migrate` without `run_ids`: the `matched` of the preview"
    )
    revision: int | None = Field(None, ge=1, description=REVISION)


class PublishRequest(ActivateRequest):
    """Why it is published, and whether its tests are to pass."""

    skip_tests: bool = Field(False, description="Publish without running the workflow's tests; needs a reason")

    @model_validator(mode="after")
    def has_a_reason(self) -> "PublishRequest":
        if self.skip_tests and not self.reason.strip():
            raise ValueError("say in `reason` why the tests are skipped")
        return self


class RollbackRequest(ActivateRequest):
    """To which version, and why. What was active before is not tested again."""

    version: int = Field(ge=1, le=2**31 - 1, description="The number of an earlier version")
    draft: bool = Field(False, description="Whether the draft says again what the version says, too")


class WorkflowReasonRequest(BaseModel):
    """Why it is done."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=workflows.MAX_REASON_CHARACTERS)


class VersionSummary(VersionResponse):
    """A version in a list."""

    role: Role = Field(description="Of who published it: what its actions may use")
    is_active: bool
    runs_going: int = Field(description="How many of its runs have not ended")


class VersionDetail(VersionSummary):
    """A version with its definition."""

    definition: dict[str, Any]


class VersionPage(Page[VersionSummary]):
    """Versions, the newest first."""


class DiffQuery(Query):
    """With what a version is compared."""

    against: str = Field(
        "previous", max_length=20, description="A number, `draft`, `active`, or `previous`: the version before it"
    )


class ChangeResponse(BaseModel):
    """One difference."""

    kind: Kind
    key: str = Field(description="The id of the trigger or action; empty: the workflow itself")
    pointer: str = Field(description="A JSON pointer into that trigger or action; empty: all of it")
    path_before: str | None = Field(description="A JSON pointer into the definition `before`")
    path_after: str | None = Field(description="A JSON pointer into the definition `after`")
    before: Any
    after: Any
    sentence: str


class DiffResponse(BaseModel):
    """What became of one definition in another."""

    before: str = Field(description="What was given as `against`: a number, `draft`, or `nothing`")
    after: str
    changes: list[ChangeResponse]


class FateResponse(BaseModel):
    """What would become of a run."""

    run: str
    status: str
    version: int
    created_at: datetime
    moves: bool
    because: str | None = Field(description="Why it would stay with its version")


class StayResponse(BaseModel):
    """Why runs would stay with their version."""

    because: str
    runs: int


class MovePreviewResponse(BaseModel):
    """What would become of the runs that have not ended. Nothing was done."""

    version: int = Field(description="The number of the version that would be active")
    policy: RunsPolicy
    matched: int = Field(description="How many runs of other versions have not ended")
    looked_at: int = Field(description="Of how many of them the rest speaks: the first 1,000")
    moves: int
    stays: list[StayResponse]
    examples: list[FateResponse] = Field(description="Up to 50, the oldest first")


def wish(body: ActivateRequest, *, by: str, role: Role, expected: Expected | None) -> Wish:
    return Wish(
        by=by,
        role=role,
        reason=body.reason,
        runs=body.runs,
        run_ids=body.run_ids,
        matched=body.matched,
        expected=expected or from_revision(body.revision),
        skip_tests=isinstance(body, PublishRequest) and body.skip_tests,
    )


def from_revision(revision: int | None) -> Expected | None:
    return None if revision is None else Expected(states=frozenset({f"r{revision}"}))


def summary(row: WorkflowVersion, *, active: UUID | None, going: int) -> VersionSummary:
    return VersionSummary(**_fields(row, active=active, going=going))


def detail(row: WorkflowVersion, *, active: UUID | None, going: int) -> VersionDetail:
    return VersionDetail(**_fields(row, active=active, going=going), definition=row.definition)


def change(found: Change) -> ChangeResponse:
    return ChangeResponse(**{name: getattr(found, name) for name in ChangeResponse.model_fields})


def preview(found: Preview) -> MovePreviewResponse:
    return MovePreviewResponse(
        version=found.number,
        policy=found.policy,
        matched=found.matched,
        looked_at=found.looked_at,
        moves=found.moves,
        stays=[StayResponse(because=because, runs=number) for because, number in found.stays.items()],
        examples=[_fate(each) for each in found.examples],
    )


def _fate(found: Fate) -> FateResponse:
    run = found.run
    return FateResponse(
        run=str(run.pk),
        status=run.status,
        version=run.version.number,
        created_at=run.created_at,
        moves=not found.because,
        because=found.because or None,
    )


def _fields(row: WorkflowVersion, *, active: UUID | None, going: int) -> dict[str, Any]:
    return {
        "number": row.number,
        "published_by": row.published_by,
        "created_at": row.created_at,
        "reason": row.reason,
        "role": row.role,
        "is_active": row.pk == active,
        "runs_going": going,
    }
