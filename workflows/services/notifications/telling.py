"""Write down that people are to be told, in the transaction of what they are told of. Nothing is sent here.

Every function does nothing, and asks the database nothing, where the version has no policy for it. Where it has, a row
is written for each address, once: what is told again (a doubled turn, a container that is settled twice) meets the
unique constraint of the rows and changes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from core import publish, tenancy
from workflows.definitions.plan import PAUSED, WHOLE, Planned, Policy
from workflows.engine.notices import NotifyOn
from workflows.engine.states import ActionStatus, RunStatus
from workflows.models import ActionRun, NotificationDelivery, Run
from workflows.selectors import waiting
from workflows.services.versions import Published

DELIVER_TASK = "workflows.deliver_notification"
QUEUE = "notifications"
STARTS = (NotifyOn.READY, NotifyOn.STARTED)
OF_ACTIONS = frozenset({NotifyOn.RETRY, NotifyOn.NEEDS_DECISION})  # that policies of the workflow are told of, too


@dataclass(frozen=True, slots=True)
class Happening:
    """What it is that people are told of: an action (`key`, `action_run_id`) or the run itself (`WHOLE`).

    `reopened` is how often a person had it go on after its end: what happens then is told again.
    """

    run_id: UUID
    key: str = WHOLE
    action_run_id: UUID | None = None
    is_item: bool = False
    status: str = ""
    attempt: int = 0
    reopened: int = 0
    error: dict[str, Any] | None = None


def is_told_of_start(published: Published, key: str, *, begins: bool) -> bool:
    """Whether anybody is told that an action starts, or the run with it (`begins`)."""
    plan = published.plan
    return plan.tells(key, NotifyOn.STARTED) or (begins and plan.tells(WHOLE, NotifyOn.STARTED))


def created(published: Published, run: Run, rows: Iterable[ActionRun]) -> None:
    """A run was made, with the rows of its actions."""
    if published.plan.policies:
        _tell(published, NotifyOn.READY, [_of_run(run)])
        ready(published, [row for row in rows if row.status == ActionStatus.QUEUED])


def ready(published: Published, rows: Iterable[ActionRun]) -> None:
    """Actions were queued for the first time."""
    if published.plan.policies:
        found = [of_row(row, published.plan.actions[row.key]) for row in rows]
        _tell(published, NotifyOn.READY, [each for each in found if not each.is_item])


def started(published: Published, happening: Happening, *, begins: bool) -> None:
    """An action has its first turn (or a later one, which changes nothing), and the run with it if it `begins`."""
    if not is_told_of_start(published, happening.key, begins=begins):
        return
    if not happening.is_item:
        _tell(published, NotifyOn.STARTED, [happening])
    if begins:
        _tell(published, NotifyOn.STARTED, [Happening(happening.run_id, status=RunStatus.RUNNING)])


def ended(published: Published, row: ActionRun, planned: Planned, *, is_retried: bool = False) -> None:
    """A turn or an action ended: people are told by what the row says now.

    Of the items of a loop nobody is told that they completed or failed, which the loop tells; but of their retries, and
    when one needs a decision. `is_retried`: its try failed, so if it goes on, it is tried again.
    """
    if not published.plan.policies:
        return
    happening = of_row(row, planned)
    if row.status == ActionStatus.COMPLETED and not happening.is_item:
        _tell(published, NotifyOn.COMPLETED, [happening])
    elif row.status == ActionStatus.FAILED and not happening.is_item:
        _tell(published, NotifyOn.FAILED, [happening])
    elif waiting.choices(row):
        _tell(published, NotifyOn.NEEDS_DECISION, [happening])
    elif is_retried and row.status in {ActionStatus.QUEUED, ActionStatus.WAITING}:
        _tell(published, NotifyOn.RETRY, [happening])


def finished(published: Published, run: Run) -> None:
    """A run has ended. Nobody is told of those that were cancelled: somebody did that."""
    trigger = {RunStatus.COMPLETED: NotifyOn.COMPLETED, RunStatus.FAILED: NotifyOn.FAILED}.get(RunStatus(run.status))
    if trigger is not None:
        _tell(published, trigger, [_of_run(run)])


def paused(published: Published, run: Run, *, why: str) -> None:
    """The failure of a run opened the circuit breaker of its workflow. Where no policy is for that, its workspace's
    owner is told, by mail."""
    error = {"code": "circuit_open", "message": why}
    happening = Happening(run.pk, status=run.status, error=error)
    _tell(published, NotifyOn.PAUSED, [happening])
    if not published.plan.tells(WHOLE, NotifyOn.PAUSED):
        row = _row(published, PAUSED, happening, place=0, now=timezone.now())
        NotificationDelivery.objects.bulk_create([row], ignore_conflicts=True)
        hint([row])


def of_row(row: ActionRun, planned: Planned) -> Happening:
    """What happened to an action, as its row says."""
    return Happening(
        row.run_id,
        row.key,
        row.pk,
        is_item=planned.is_item(row.iteration),
        status=row.status,
        attempt=row.attempt,
        reopened=row.reopened,
        error=row.error,
    )


def hint(rows: Iterable[NotificationDelivery]) -> None:
    """Publish, on commit, for each row that waits for a worker."""
    for row in rows:
        if row.due_at is None:
            publish.task(DELIVER_TASK, row.pk, queue=QUEUE)


def _of_run(run: Run) -> Happening:
    return Happening(run.pk, status=run.status, reopened=run.reopened, error=run.error)


def _tell(published: Published, trigger: NotifyOn, happenings: Sequence[Happening]) -> None:
    now = timezone.now()
    rows = [
        _row(published, policy, happening, place=place, now=now)
        for happening in happenings
        for policy in _policies(published, happening.key, trigger)
        for place in range(len(policy.part.addresses))
    ]
    if rows:
        NotificationDelivery.objects.bulk_create(rows, ignore_conflicts=True)
        hint(rows)


def _policies(published: Published, key: str, trigger: NotifyOn) -> Iterator[Policy]:
    of_whole = (WHOLE,) if key != WHOLE and trigger in OF_ACTIONS else ()
    for each in (key, *of_whole):
        yield from (found for found in published.plan.policies.get(each, ()) if found.part.trigger is trigger)


def _row(
    published: Published, policy: Policy, happening: Happening, *, place: int, now: datetime
) -> NotificationDelivery:
    part = policy.part
    due_at = now + timedelta(seconds=part.delay_seconds) if part.delay_seconds else None
    return NotificationDelivery(
        workspace_id=tenancy.current_workspace_id(),
        workflow_id=published.workflow_id,
        run_id=happening.run_id,
        action_run_id=happening.action_run_id,
        policy=policy.key,
        trigger=part.trigger,
        occurrence=0 if part.trigger in STARTS else happening.attempt + happening.reopened,
        place=place,
        channel=part.channel,
        connection=part.connection or "",
        about={"status": happening.status, "attempt": happening.attempt, "error": happening.error},
        due_at=due_at,
        hinted_at=None if due_at else now,
        created_at=now,
    )
