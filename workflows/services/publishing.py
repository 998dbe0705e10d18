"""Publish a draft, or go back to an earlier version, and say which version the runs go on with that have not ended.

What runs do follows the version in steps: a repair (`bulk`) moves one after the other, so any number of them may go on.
ADR 0031 says what each policy means and why.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from core.errors import InvalidError, Problem
from core.models import Role
from core.preconditions import Expected
from workflows.definitions import check, plan
from workflows.definitions.document import Definition
from workflows.engine.moving import RunsPolicy
from workflows.engine.repairs import Target
from workflows.engine.states import GOING_RUN
from workflows.models import Repair, Run, Workflow, WorkflowVersion
from workflows.selectors import versions as version_selectors
from workflows.selectors import workflows as selectors
from workflows.services import moving, versions, workflows
from workflows.services.bulk import requesting, table
from workflows.services.bulk.filters import RunFilter
from workflows.services.bulk.requesting import Request
from workflows.services.moving import Goal, PinnedError

MAX_LOOKED_AT = 1_000  # runs of a preview
MAX_EXAMPLES = 50


@dataclass(frozen=True, slots=True)
class Wish:
    """Who publishes, why, and what is to become of the runs. `runs`: None is what the definition says itself
    (`settings.on_publish`). `run_ids` are those that were chosen to migrate; None: all. `matched` is the number that
    the preview showed."""

    by: str
    role: Role = Role.ADMIN
    reason: str = ""
    runs: RunsPolicy | None = None
    run_ids: Sequence[UUID] | None = None
    matched: int | None = None
    expected: Expected | None = None
    skip_tests: bool = False


@dataclass(frozen=True, slots=True)
class Activated:
    """The version that is active now, and the repair that moves runs to it; None when there is none to move."""

    version: WorkflowVersion
    policy: RunsPolicy
    repair: Repair | None


@dataclass(frozen=True, slots=True)
class Fate:
    """What would become of a run. `because`: why it would stay with its version; empty when it would not."""

    run: Run
    because: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of the runs that have not ended: so many match; of the first `looked_at`, so many would move,
    and the others stay, counted by why. `number` is that of the version that would be active."""

    number: int
    policy: RunsPolicy
    matched: int
    looked_at: int
    moves: int
    stays: dict[str, int]
    examples: tuple[Fate, ...]


def publish(workflow: Workflow, wish: Wish) -> Activated:
    """Publish the draft, and let runs follow as wished: all or nothing.

    Raises what `workflows.publish` does, `InvalidError` for runs that cannot be chosen so, and `ChangedError` when
    clearly more or fewer runs match than the preview showed.
    """
    with transaction.atomic():
        version = workflows.publish(
            workflow,
            published_by=wish.by,
            role=wish.role,
            reason=wish.reason,
            expected=wish.expected,
            skip_tests=wish.skip_tests,
        )
        return _activated(workflow, version, wish)


def roll_back(workflow: Workflow, number: int, wish: Wish, *, with_draft: bool = False) -> Activated:
    """Make an earlier version the active one. Its definition is checked against what there is now, and by the lesser
    of the role that published it and that of who rolls back. `with_draft`: the draft says again what it says, too.

    Raises `InvalidError` with every problem, or for a number that no version has, and otherwise as `publish` does.
    Concurrency: as `workflows.publish`.
    """
    with transaction.atomic():
        row = workflows.locked(workflow)
        workflows.check_expected(row, wish.expected)
        workflows.refuse_archived(row)
        version = _checked(row, number, role=wish.role)
        workflows.activate(row, version, what="rolled_back", by=wish.by, reason=wish.reason)
        if with_draft:
            workflows.update(row, version.definition, by=wish.by)
        return _activated(row, version, wish)


def preview_publish(workflow: Workflow, wish: Wish) -> Preview:
    """What publishing the draft would do to runs. Changes nothing. Raises `InvalidError` with every problem."""
    found = workflows.problems(workflow, role=wish.role)
    if found:
        raise InvalidError(f"The definition has {len(found)} problem(s); it cannot be published.", problems=found)
    definition = Definition.model_validate(workflow.draft)
    active = workflow.active_version
    is_same = active is not None and active.definition == workflow.draft and active.role == wish.role
    number = active.number if active is not None and is_same else version_selectors.last_number(workflow) + 1
    return _preview(workflow, Goal(number, plan.compile(definition), definition.settings), wish)


def preview_roll_back(workflow: Workflow, number: int, wish: Wish) -> Preview:
    """What going back to a version would do to runs. Changes nothing. Raises what `roll_back` does."""
    workflows.refuse_archived(workflow)
    return _preview(workflow, Goal.of(_checked(workflow, number, role=wish.role).pk), wish)


def _checked(workflow: Workflow, number: int, *, role: Role) -> WorkflowVersion:
    version = version_selectors.find(workflow, number, path="/version")
    role = Role(version.role) if role.includes(Role(version.role)) else role
    found = check.check(version.definition, selectors.known(workflow, role=role))
    if found:
        raise InvalidError(
            f"Version {number} has {len(found)} problem(s) as things are now; nothing was changed.", problems=found
        )
    return version


def _activated(workflow: Workflow, version: WorkflowVersion, wish: Wish) -> Activated:
    policy = _policy(wish, Goal.of(version.pk))
    if policy is RunsPolicy.MIGRATE and wish.run_ids is None and wish.matched is None:
        message = "Ask for the preview first, and send its `matched`, or name runs in `run_ids`."
        raise InvalidError(message, problems=[Problem("/matched", "missing", message)])
    is_counted = policy is RunsPolicy.MIGRATE and bool(wish.matched)
    if policy is RunsPolicy.PIN:
        return Activated(version, policy, None)
    if not is_counted and not _candidates(workflow, version.number, wish, policy).exists():
        return Activated(version, policy, None)
    return Activated(version, policy, _moving(workflow, version, wish, policy))


def _moving(workflow: Workflow, version: WorkflowVersion, wish: Wish, policy: RunsPolicy) -> Repair | None:
    """The repair that moves the runs; None when those that there were have ended at this moment."""
    operation = table.find(Target.RUN, "move")
    is_chosen = policy is RunsPolicy.MIGRATE
    request = Request(
        operation=operation,
        filter=RunFilter(
            workflow=str(workflow.pk),
            besides_version=version.number,
            ids=list(wish.run_ids) if is_chosen and wish.run_ids else None,
        ),
        options=table.options(operation, {"version": version.number}),
        expected=wish.matched if is_chosen else None,
        by=wish.by,
        reason=wish.reason[: requesting.MAX_REASON_CHARACTERS],
        per_second=requesting.MAX_PER_SECOND,
    )
    try:
        return requesting.request(request).repair
    except InvalidError as error:
        if [problem.code for problem in error.problems] == ["nothing"]:
            return None
        raise


def _policy(wish: Wish, goal: Goal) -> RunsPolicy:
    return wish.runs or RunsPolicy(goal.settings.on_publish.value)


def _candidates(workflow: Workflow, number: int, wish: Wish, policy: RunsPolicy) -> QuerySet[Run]:
    """The runs that the policy is about: of other versions, whose end is open."""
    rows = Run.objects.filter(workflow=workflow, outcome=None, status__in=GOING_RUN)
    rows = rows.exclude(version__number=number)
    return rows.filter(pk__in=wish.run_ids) if policy is RunsPolicy.MIGRATE and wish.run_ids is not None else rows


def _preview(workflow: Workflow, goal: Goal, wish: Wish) -> Preview:
    policy = _policy(wish, goal)
    rows = _candidates(workflow, goal.number, wish, policy)
    looked = [_fate(run, goal, policy) for run in rows.order_by("pk").select_related("version")[:MAX_LOOKED_AT]]
    stays = Counter(fate.because for fate in looked if fate.because)
    return Preview(
        number=goal.number,
        policy=policy,
        matched=rows.count(),
        looked_at=len(looked),
        moves=sum(1 for fate in looked if not fate.because),
        stays=dict(stays.most_common(MAX_EXAMPLES)),
        examples=tuple(looked[:MAX_EXAMPLES]),
    )


def _fate(run: Run, goal: Goal, policy: RunsPolicy) -> Fate:
    if policy is RunsPolicy.PIN:
        return Fate(run, f"It stays with version {versions.load(run.version_id).number}, as all runs do (pin).")
    try:
        moving.look(run, goal)
    except PinnedError as error:
        return Fate(run, error.detail)
    return Fate(run, "")
