"""Take a published version of a workflow to another workspace, as a draft or as its next version there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core import tenancy
from core.actors import Actor
from core.models import Workspace
from core.preconditions import Expected
from core.services import audit, workspaces
from workflows.definitions import diffing
from workflows.definitions.diffing import Change
from workflows.models import Workflow
from workflows.selectors import versions
from workflows.services import workflows
from workflows.services.transfer import drafts, importing, mapping, outcomes, publishing
from workflows.services.transfer.mapping import Mapped
from workflows.services.transfer.outcomes import Conflict, Item, Report

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is promoted, and how. `version`: a number, or `active`. `expected`: the states of the workflow that stands
    there which it may begin from. `reason` is said in the audit of both workspaces, and of the version there."""

    version: str = "active"
    names: Mapped = mapping.NOTHING
    publish: bool = False
    is_dry: bool = False
    expected: Expected | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Promoted:
    """What came of it: of which version, and what differs from what stood there (`against`: `active`, `draft`, or
    `nothing`). `revision` is that of the workflow there before, None without one."""

    item: Item
    version: int
    against: str
    changes: tuple[Change, ...]
    revision: int | None
    has_unpublished_changes: bool
    is_done: bool


@dataclass(frozen=True, slots=True)
class _Source:
    """What is promoted: read once, in its own workspace."""

    workspace: Workspace
    workflow: Workflow
    number: int
    definition: Json


def promote(workflow: Workflow, wish: Wish, *, to: Workspace, here: Actor, there: Actor) -> Promoted:
    """Make the version what the workflow of its name says in the workspace `to`, which is made where there is none.

    `here` and `there` are the caller in the workspace in scope and in the other one; both may edit workflows. Raises
    `UnknownVersionError`, and `InvalidError` with every problem where it is to be published, or its name is refused;
    then nothing is done in either.
    Concurrency: the row of the other workspace is locked; of this one nothing is, since versions never change. Entries
    of two audit trails are written in one transaction (`audit.seal`).
    """
    source = _source(workflow, wish)

    def put() -> Promoted:
        with tenancy.scope(to.pk):
            found = _put(source, wish, by=there)
        if found.is_done:
            _audit(source, found, wish, to=to, here=here, there=there)
        return found

    return outcomes.rehearsed(put, keeps=lambda found: found.is_done)


def _source(workflow: Workflow, wish: Wish) -> _Source:
    number, definition = versions.side(workflow, "active" if wish.version == "active" else _number(wish.version))
    workspace = Workspace.objects.get(pk=tenancy.current_workspace_id())
    return _Source(workspace, workflow, int(number), mapping.apply(definition, wish.names))


def _number(written: str) -> str:
    """A draft is nobody's word yet; only what was published is promoted."""
    return written if written.isascii() and written.isdecimal() else "0"


def _put(source: _Source, wish: Wish, *, by: Actor) -> Promoted:
    workspaces.locked()
    before = drafts.named(source.definition)
    against, stood = _standing(before)
    revision, is_ahead = (before.revision, versions.is_ahead(before)) if before else (None, False)
    rows: dict[str, Workflow] = {}

    def put() -> outcomes.Done:
        if wish.expected is not None and before is not None:
            workflows.check_expected(before, wish.expected)
        rows["made"], done = drafts.put(
            source.definition, conflict=Conflict.REPLACE, by=by.name, expected=wish.expected
        )
        return done

    name = str(source.definition["name"])
    item = outcomes.attempt("workflow", "", name, put) if wish.is_dry else Item("workflow", "", put())
    here = drafts.here_of(by.role)
    item = importing.checked(item, rows.get("made"), here)
    if wish.publish and not item.is_refused:
        told = publishing.Wish(None, by, reason=_reason(source, by, wish.reason))
        item = publishing.published(item, rows["made"], told, here)
    if not wish.is_dry:
        outcomes.check_done(Report((item,)))
    changes = tuple(diffing.compare(stood, source.definition))
    return Promoted(item, source.number, against, changes, revision, is_ahead, is_done=not wish.is_dry)


def _standing(row: Workflow | None) -> tuple[str, Mapping[str, Any]]:
    """What stands there: what runs, if anything does."""
    if row is None:
        return "nothing", {}
    if row.active_version is None:
        return "draft", row.draft
    return "active", row.active_version.definition


def _reason(source: _Source, by: Actor, reason: str) -> str:
    told = f"promoted from {source.workspace.slug} version {source.number} by {by.name}"
    return f"{told}: {reason}" if reason else told


def _audit(source: _Source, found: Promoted, wish: Wish, *, to: Workspace, here: Actor, there: Actor) -> None:
    """In both workspaces, each with what it may know of the other: its slug, and the version."""
    told = {"version": source.number, "published": found.item.done.published, "outcome": found.item.done.outcome}
    audit.record(
        "workflow.promoted",
        by=here.name,
        target="workflow",
        target_id=source.workflow.pk,
        after={"name": source.workflow.name, "to": to.slug, **told},
        reason=wish.reason,
    )
    with tenancy.scope(to.pk):
        audit.record(
            "workflow.received",
            by=there.name,
            target="workflow",
            target_id=UUID(found.item.done.id),
            after={"name": found.item.done.name, "from": source.workspace.slug, **told},
            reason=wish.reason,
        )
    audit.seal([source.workspace.pk, to.pk])
