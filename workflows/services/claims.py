"""Take an action, so that nobody else performs the same try."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from actions.base import ActionType, Effects
from actions.registry import action_types
from core import backlogs, tenancy
from core.backlogs import Standing
from workflows.definitions.plan import Planned
from workflows.engine.states import ActionStatus
from workflows.models import ActionRun
from workflows.services import statements, versions
from workflows.services.notifications import telling
from workflows.services.notifications.telling import Happening
from workflows.services.versions import Published

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to perform one try. `attempt` is the fence: a write with another number changes nothing.

    `is_held` is False for an instant action, which is performed while it is queued: whoever records first was it.
    `begins`: its run was not running before. `weight` is that of the workspace, `standing` how that stands in the queue
    while this action has its turn (of an instant one, only whether rows wait behind). `progress` is what its last turn
    left. `action_roles` are those of the workspace when the worker took the run up: what is done in place after it goes
    by the same.
    """

    id: UUID
    workspace_id: UUID
    run_id: UUID
    parent_id: UUID | None
    key: str
    iteration: str
    attempt: int
    item: Any
    progress: Json | None
    start_by: datetime | None
    version_id: UUID
    event_id: UUID
    trigger_key: str
    run_created_at: datetime
    variables: Json
    depth: int
    begins: bool
    is_child: bool
    claimed_at: datetime
    published: Published = field(repr=False)
    weight: int = 1
    standing: Standing = Standing.CLEAR
    is_held: bool = True
    action_roles: Json = field(default_factory=dict)

    @property
    def planned(self) -> Planned:
        return self.published.plan.actions[self.key]

    @property
    def is_loop(self) -> bool:
        """Whether this is a loop itself, rather than one of its items."""
        return self.planned.is_loop(self.iteration)

    @property
    def is_item(self) -> bool:
        """Whether this is one of the items of a loop."""
        return self.planned.is_item(self.iteration)

    @property
    def action_type(self) -> ActionType[Any] | None:
        """None when it is not installed here any more."""
        return action_types.find(self.planned.part.type)

    @property
    def may_repeat(self) -> bool:
        """Whether nothing is done twice when a try of unknown outcome is followed by another."""
        type_ = self.action_type
        return self.is_loop or (type_ is not None and type_.effects_of(self.planned.part.params) is not Effects.ONCE)

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of the action, and for no other action run."""
        return str(self.id)


_LOOKED_AT = (
    "id", "workspace_id", "run_id", "parent_id", "key", "iteration", "attempt", "item", "progress", "start_by",
    "version_id", "event_id", "trigger_key", "run_created_at", "variables", "depth", "begins", "is_child",
    "action_roles", "claimed_at", "weight", "standing",
)  # fmt: skip


def claim(
    action_run_id: UUID, *, is_careful: bool = False, may_take: Callable[[Planned], bool] = lambda _: True
) -> Claim | None:
    """Claim a queued action, by compare-and-set; None when it is not queued (any more), or its run is about to end.

    A doubled, late or stale message therefore does nothing. An instant action is only looked at, unless `is_careful`:
    where a message came back, its try is to count even if it ends the worker. What `may_take` refuses is left alone.
    """
    with tenancy.unscoped("the message names an action, and the action its workspace"):
        row = statements.first(statements.LOOK, id=action_run_id)
    if row is None:
        return None
    values = dict(zip(_LOOKED_AT, row, strict=True))
    for name in ("item", "progress", "variables", "action_roles"):
        values[name] = statements.read_json(values[name])
    values["standing"] = Standing.BEHIND if values["standing"] else Standing.CLEAR
    with tenancy.scope(values["workspace_id"]):
        found = Claim(**values, published=versions.load(values["version_id"]))
    if not may_take(found.planned):
        return None
    found = replace(found, attempt=found.attempt + 1)
    if is_instant(found) and not is_careful:
        return replace(found, is_held=False)
    return _held(found)


def following(claim: Claim, *, action_run_id: UUID, key: str, claimed_at: datetime) -> Claim:
    """The claim on the action after this one, which was taken when this one was recorded."""
    return replace(
        claim,
        id=action_run_id,
        key=key,
        attempt=1,
        item=None,
        progress=None,
        start_by=None,
        begins=False,
        claimed_at=claimed_at,
        is_held=True,
    )


def of(row: ActionRun, *, is_held: bool = True, claimed_at: datetime | None = None) -> Claim:
    """The claim under which somebody else holds a running row (with its `run`), to end it in their place.

    Not `is_held`: the claim that nobody made on a queued one.
    """
    run = row.run
    return Claim(
        id=row.pk,
        workspace_id=row.workspace_id,
        run_id=run.pk,
        parent_id=row.parent_id,
        key=row.key,
        iteration=row.iteration,
        attempt=row.attempt if is_held else row.attempt + 1,
        item=row.item,
        progress=row.progress,
        start_by=row.start_by,
        version_id=run.version_id,
        event_id=run.event_id,
        trigger_key=run.trigger_key,
        run_created_at=run.created_at,
        variables=run.variables,
        depth=run.depth,
        begins=False,
        is_child=run.parent_id is not None,
        claimed_at=claimed_at or row.claimed_at or run.created_at,
        published=versions.load(run.version_id),
        is_held=is_held,
    )


def is_instant(claim: Claim) -> bool:
    """Whether the action is done at once, so that it need not be claimed."""
    return claim.is_loop or (claim.action_type is not None and claim.action_type.is_instant)


def _held(claim: Claim) -> Claim | None:
    if not telling.is_told_of_start(claim.published, claim.key, begins=claim.begins):
        return _claimed(claim)
    with tenancy.scope(claim.workspace_id), transaction.atomic():
        held = _claimed(claim)
        if held is not None:
            telling.started(claim.published, _happening(held), begins=claim.begins)
        return held


def _happening(claim: Claim) -> Happening:
    return Happening(
        claim.run_id, claim.key, claim.id, is_item=claim.is_item, status=ActionStatus.RUNNING, attempt=claim.attempt
    )


def _claimed(claim: Claim) -> Claim | None:
    with tenancy.scope(claim.workspace_id):
        row = statements.one(
            statements.CLAIM,
            id=claim.id,
            run_id=claim.run_id,
            attempt=claim.attempt - 1,
            begins=claim.begins,
            lease_seconds=settings.SEQUITUR_LEASE_SECONDS,
            workspace_id=claim.workspace_id,
            weight=claim.weight,
            window=backlogs.window(),
        )
    return replace(claim, claimed_at=row[0], standing=Standing(row[1])) if row else None
