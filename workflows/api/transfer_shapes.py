"""What the API takes and gives about exports, imports and promotions."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from core.api.queries import Query
from workflows.api.shapes import ProblemResponse, problems_of
from workflows.api.version_shapes import ChangeResponse, change, from_revision
from workflows.services.transfer.exporting import Form
from workflows.services.transfer.importing import Wish
from workflows.services.transfer.mapping import Mapped
from workflows.services.transfer.missing import Missing
from workflows.services.transfer.outcomes import Conflict, Item, Outcome, Report
from workflows.services.transfer.promoting import Promoted
from workflows.services.transfer.promoting import Wish as Promotion
from workflows.services.transfer.restoring import Wish as BundleWish


class ImportQuery(Query):
    """How workflows are imported."""

    dry_run: bool = Field(False, description="Say what would happen, and do nothing")
    on_conflict: Conflict = Field(
        Conflict.REFUSE,
        description="What becomes of a workflow whose name is taken by one that says something else: `replace` makes "
        "it the draft of that one, `keep` leaves that one as it is",
    )

    def wish(self, **more: Any) -> Wish:
        """The same for the service."""
        return Wish(conflict=self.on_conflict, is_dry=self.dry_run, **more)


class DocumentsRequest(BaseModel):
    """Workflows, each as `GET workflows/{id}/export/` gives it, also drawn for React Flow. One may be the body."""

    model_config = ConfigDict(extra="forbid")

    documents: list[dict[str, Any]] = Field(description="1 to 100 definitions", examples=[[{"name": "Greet"}]])


class BundleQuery(Query):
    """How a workspace is exported."""

    form: Form | None = Field(
        None,
        alias="as",
        description="One document, as JSON (the default, or what `Accept` says) or YAML, or an archive with a file for "
        "each thing",
    )


class BundleImportQuery(Query):
    """How a bundle is imported."""

    dry_run: bool = Field(True, description="Say what would happen, and do nothing. False needs `expected`")
    expected: str = Field("", max_length=64, description="The `digest` of the preview: what is done is what it showed")
    on_conflict: Conflict = Field(
        Conflict.REFUSE,
        description="What becomes of a thing whose name is taken by one that says something else; `rename` is for "
        "workflows, all others are refused with it",
    )
    publish: bool = Field(False, description="Let workflows become what they are in the bundle: active, or paused")

    def wish(self, names: Mapped) -> BundleWish:
        """The same for the service."""
        return BundleWish(
            conflict=self.on_conflict,
            names=names,
            publish=self.publish,
            is_dry=self.dry_run,
            expected=self.expected,
        )


class BundleRequest(BaseModel):
    """A bundle as `GET workspaces/{slug}/export/` gives it, which may also be the whole body, with other names."""

    model_config = ConfigDict(extra="forbid")

    bundle: dict[str, Any] = Field(description="docs/transfer.md", examples=[{"manifest": {"format": 1}}])
    mapping: Mapped = Field(default_factory=Mapped, description="Names, each with the one that it becomes here")


class PromoteRequest(BaseModel):
    """Where a version goes, and what is to become of it there."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(min_length=1, max_length=63, description="The slug of the other workspace")
    version: int | Literal["active"] = Field("active", description="The number of a version, or `active`")
    mapping: Mapped = Field(default_factory=Mapped, description="Names, each with the one that it becomes there")
    dry_run: StrictBool = Field(False, description="Say what would happen, and do nothing")
    publish: StrictBool = Field(False, description="Make it the active version there, if nothing is missing for it")
    revision: int | None = Field(
        None, ge=1, description="Of the workflow there, as the preview showed it; 412 if there is another by now"
    )
    reason: str = Field("", max_length=1000, description="Why; kept in the audit of both workspaces")

    def wish(self) -> Promotion:
        """The same for the service."""
        return Promotion(
            version=str(self.version),
            names=self.mapping,
            publish=self.publish,
            is_dry=self.dry_run,
            expected=from_revision(self.revision),
            reason=self.reason,
        )


class MissingResponse(BaseModel):
    """Something that a workflow names and this workspace does not have; `path` is where it is named."""

    kind: str
    name: str
    path: str
    message: str
    blocking: bool = Field(description="Whether it keeps the workflow from being published, or from working")


class TransferItemResponse(BaseModel):
    """What one thing came to, or would come to."""

    kind: str = Field(description="`workflow`, `event_type`, ...")
    path: str = Field(description="Where it stands in what was sent: a JSON pointer")
    name: str = Field(description="What it is called here")
    outcome: Outcome
    id: str | None = Field(description="Of a workflow that is there")
    changes: list[str] = Field(description="What differs from the draft that was there; at most 20 sentences")
    published: int | None = Field(description="The version that became active")
    problems: list[ProblemResponse] = Field(description="Why it is refused, or what keeps a workflow from publishing")
    missing: list[MissingResponse] = Field(description="What it names and this workspace does not have")


class ImportResponse(BaseModel):
    """What an import did, or would do."""

    dry_run: bool = Field(description="Whether it was only looked at: then nothing has changed")
    counts: dict[str, int] = Field(description="How many came to what")
    items: list[TransferItemResponse]
    warnings: list[str]


class PromotionResponse(BaseModel):
    """What a promotion did, or would do, in the other workspace."""

    dry_run: bool = Field(description="Whether it was only looked at: then nothing has changed")
    version: int = Field(description="The version that is promoted")
    against: str = Field(description="What `changes` compare with: `active` or `draft` of there, or `nothing`")
    changes: list[ChangeResponse]
    revision: int | None = Field(description="Of the workflow there before: for `revision`. Null: there is none")
    has_unpublished_changes: bool = Field(description="Whether somebody there is editing what would be replaced")
    item: TransferItemResponse


def promoted(found: Promoted) -> PromotionResponse:
    return PromotionResponse(
        dry_run=not found.is_done,
        version=found.version,
        against=found.against,
        changes=[change(each) for each in found.changes],
        revision=found.revision,
        has_unpublished_changes=found.has_unpublished_changes,
        item=item(found.item, is_done=found.is_done),
    )


class BundleImportResponse(ImportResponse):
    """What the import of a bundle did, or would do."""

    digest: str = Field(description="What this preview showed: for `expected`")


def bundle_imported(found: Report) -> BundleImportResponse:
    return BundleImportResponse(**dict(imported(found)), digest=found.digest)


def imported(found: Report) -> ImportResponse:
    return ImportResponse(
        dry_run=not found.is_done,
        counts=found.counts,
        items=[item(each, is_done=found.is_done) for each in found.items],
        warnings=[*found.warnings],
    )


def item(found: Item, *, is_done: bool) -> TransferItemResponse:
    """The id of a workflow that a dry run made is no id of anything."""
    done = found.done
    is_there = is_done or bool(done.before)
    return TransferItemResponse(
        kind=found.kind,
        path=found.path,
        name=done.name,
        outcome=done.outcome,
        id=done.id if done.id and is_there else None,
        changes=[*done.changes],
        published=done.published,
        problems=problems_of(found.problems),
        missing=[lacking(each) for each in found.missing],
    )


def lacking(found: Missing) -> MissingResponse:
    return MissingResponse(
        kind=found.kind, name=found.name, path=found.path, message=found.message, blocking=found.is_blocking
    )
