"""Let a run go on with another version of its workflow.

Constraints: a run advances on roads that do not take its lock (claims, and completions by one statement, see
`statements`), so the version cannot simply be written. Two things keep those roads right:

1. Under the lock of the run, all its rows that have not ended are locked, in the order of all locks of rows. A
   completion that has its row waits for nobody, and this waits for it; one that comes later waits for this.
2. The pending rows are made anew by the new version, so they are other rows. A completion that waited, and still sees
   the run as it was, finds no row to start, writes nothing, and takes the road that locks the run. One that looks
   later sees the new version, which is not the one that it claimed by, with the same result.

What is queued, runs or waits goes on as it is: with its next turn or try it has the parameters of the new version.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.errors import ConflictError
from workflows.definitions import compatibility
from workflows.definitions.compatibility import Begun
from workflows.definitions.document import Settings
from workflows.definitions.plan import Plan, Planned
from workflows.engine.states import FINISHED_ACTION, FINISHED_RUN, ActionStatus
from workflows.models import ActionRun, Run
from workflows.services import containers, hinting, rows, stopping, versions
from workflows.services.advancing import Advance
from workflows.services.repair import noting

READ = ("id", "workspace_id", "run_id", "key", "iteration", "parent_id", "position", "status", "attempt", "progress")

Place = tuple[UUID | None, str, str]  # parent, iteration, key


@dataclass(frozen=True, slots=True)
class Goal:
    """The version that runs are to go on with, which need not be stored yet."""

    number: int
    plan: Plan
    settings: Settings

    @classmethod
    def of(cls, version_id: UUID) -> "Goal":
        """The stored version of the workspace in scope."""
        found = versions.load(version_id)
        return cls(found.number, found.plan, found.definition.settings)


class PinnedError(ConflictError):
    """The run stays with its version."""

    code = "pinned"


def look(run: Run, goal: Goal) -> None:
    """Do nothing if the run, as it is now, can go on with the version. Raises `PinnedError` that says why not."""
    _check(run, goal, _rows(run))


def move(run_id: UUID, *, version_id: UUID, by: str, reason: str = "") -> None:
    """Let a run of the workspace in scope go on with a version of its workflow. Raises `PinnedError` that says why it
    cannot; then nothing has changed.

    Its place in lanes and throttles, its deadline and its priority stay as they were when it was made.
    """
    goal = Goal.of(version_id)
    with transaction.atomic():
        run, now = stopping.locked(run_id), timezone.now()
        _lock_unfinished(run)
        found = _rows(run)
        _check(run, goal, found)
        before = versions.load(run.version_id)
        run.version_id = version_id
        run.save(update_fields=["version"])
        _remake(run, before.plan, goal.plan, found)
        _note(run, before=before.number, after=goal.number, by=by, reason=reason, at=now)
        if run.held_at is None:
            advance = Advance(run, now)
            advance.resume()
            hinting.hint_ids(advance.queued)


def _check(run: Run, goal: Goal, found: Sequence[ActionRun]) -> None:
    old = versions.load(run.version_id)
    if run.status in FINISHED_RUN or run.outcome:
        raise PinnedError("It has ended, or its end is decided.")
    if old.number == goal.number:
        raise PinnedError(f"It goes by version {goal.number} already.")
    if run.held_at is not None and _flow(old.definition.settings) != _flow(goal.settings):
        raise PinnedError("It waits to start, by `concurrency` or `throttle` of its version, which differ.")
    why = compatibility.obstacles(old.plan, goal.plan, _begun(old.plan, found))
    if why:
        more = f" And {len(why) - 3} more." if len(why) > 3 else ""
        raise PinnedError(f"It stays with version {old.number}: {' '.join(why[:3])}{more}")


def _flow(settings: Settings) -> object:
    return settings.concurrency, settings.throttle


def _rows(run: Run) -> list[ActionRun]:
    return list(ActionRun.objects.filter(run=run).only(*READ).order_by("pk"))


def _lock_unfinished(run: Run) -> None:
    unfinished = ActionRun.objects.filter(run=run).exclude(status__in=FINISHED_ACTION)
    list(unfinished.select_for_update().order_by("pk").values_list("pk", flat=True))


def _is_fresh(plan: Plan, row: ActionRun) -> bool:
    """Whether nothing was done for the row yet, so that the new version may say what it is. Items of loops are made of
    data, and stay."""
    untouched = row.status == ActionStatus.PENDING and row.attempt == 0 and row.progress is None
    planned = plan.actions.get(row.key)
    return untouched and planned is not None and not planned.is_item(row.iteration)


def _begun(plan: Plan, found: Iterable[ActionRun]) -> list[Begun]:
    has_failed: dict[str, bool] = {}
    for row in found:
        if not _is_fresh(plan, row):
            is_failure = row.status == ActionStatus.FAILED and not plan.actions[row.key].is_item(row.iteration)
            has_failed[row.key] = has_failed.get(row.key, False) or is_failure
    return [Begun(key, failed) for key, failed in has_failed.items()]


def _remake(run: Run, old: Plan, new: Plan, found: Sequence[ActionRun]) -> None:
    """Make the pending rows as the new plan has them: of the workflow, and of each container that goes on."""
    fresh = {row.pk for row in found if _is_fresh(old, row)}
    ActionRun.objects.filter(pk__in=fresh).delete()
    kept = [row for row in found if row.pk not in fresh]
    _place(run, new, kept)
    there: set[Place] = {(row.parent_id, row.iteration, row.key) for row in kept}
    made = _missing(run, new, None, there)
    for row in kept:
        if containers.is_container(row) and not containers.is_ending(row) and _holds_body(new, row):
            made += _missing(run, new, row, there)
    ActionRun.objects.bulk_create(made)


def _holds_body(plan: Plan, row: ActionRun) -> bool:
    """Whether what a container holds is a graph: not the loop itself, which holds items."""
    return not plan.actions[row.key].is_loop(row.iteration)


def _missing(run: Run, plan: Plan, parent: ActionRun | None, there: set[Place]) -> list[ActionRun]:
    parent_id, iteration = (parent.pk, parent.iteration) if parent else (None, "")
    graph = plan.graph_in(parent.key if parent else None)
    return [
        rows.of_action(run, plan.actions[node.key], parent=parent, iteration=iteration)
        for node in graph.nodes
        if (parent_id, iteration, node.key) not in there
    ]


def _place(run: Run, plan: Plan, kept: Iterable[ActionRun]) -> None:
    """Let rows that stay stand where the new version has them, in the order in which they are shown."""
    moved: dict[str, Planned] = {}
    for row in kept:
        planned = plan.actions[row.key]
        if row.position != planned.position and not planned.is_undoing:
            moved[row.key] = planned
    by_position: dict[int, list[str]] = defaultdict(list)
    for key, planned in moved.items():
        by_position[planned.position].append(key)
    for position, keys in by_position.items():
        ActionRun.objects.filter(run=run, key__in=keys).update(position=position)


def _note(run: Run, *, before: int, after: int, by: str, reason: str, at: datetime) -> None:
    words = f"from version {before} to {after}. {reason}".strip()
    noting.note(run, "moved", by=by, reason=words, at=at, before={"version": before}, after={"version": after})
