"""Gather what comes in floods: the first message goes out at once, later ones in one digest at the end of the window.

1. No window is open for the group: the message is sent, and opens one of `group_seconds`.
2. One is open: the row is `grouped`, and named with others by a digest that is due when the window ends.
3. A digest opens the next window itself, so while the flood lasts there is one message for each window.

A group is one policy of a workflow, over its versions, and one address.
Concurrency: an advisory lock for each group, held for this transaction only; so of two who race, one opens the window.
A digest that was taken to be sent takes no more rows: `due_at` is empty then. Those who add to it lock it, and the
sweep passes over what is locked, so all its rows are there when it is filled in.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, QuerySet
from django.db.models.fields.json import KT
from django.utils import timezone

from actions.messages import Message
from core.ids import new_id
from core.redaction import Redactor
from workflows.engine.notices import DeliveryStatus, NotifyOn
from workflows.models import NotificationDelivery
from workflows.services.notifications import rendering

NAMED = 5  # runs that a digest lists
MAX_ERROR_CHARACTERS = 500
_SHOWN = Redactor()


def gather(row: NotificationDelivery, *, seconds: float) -> bool:
    """Whether the row, whose address is known, is not to be sent now: it goes out with others (2), or was lost.

    Safe to repeat: a row that has opened its window is sent.
    """
    if not seconds or row.group_until is not None or row.replayed_by:
        return False
    key = _key(row)
    with transaction.atomic():
        _lock(key)
        now = timezone.now()
        window = (
            NotificationDelivery.objects.filter(group_key=key, group_until__gt=now).order_by("-group_until").first()
        )
        if window is None:
            row.group_key, row.group_until = key, now + timedelta(seconds=seconds)
            return not held(row).update(group_key=key, group_until=row.group_until)  # 1
        if held(row).select_for_update(no_key=True).exists():
            digest = _open_digest(key, now) or _new_digest(row, window, seconds=seconds, now=now)
            held(row).update(status=DeliveryStatus.GROUPED, digest=digest, lease_until=None, to=row.to)  # 2
        return True


def held(row: NotificationDelivery) -> QuerySet[NotificationDelivery]:
    """The row, if this try still has it: no other began, and no sweep ended this one."""
    found = NotificationDelivery.objects.filter(pk=row.pk, status=DeliveryStatus.PENDING, attempt=row.attempt)
    return found.filter(lease_until__isnull=False)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What went into a digest: how many, the oldest of them, and the error that most of them have."""

    count: int
    first: Sequence[NotificationDelivery]
    error: str
    error_count: int


def gathered(digest: NotificationDelivery) -> Gathered:
    """The rows of a digest."""
    rows = digest.gathered.select_related("run", "action_run").order_by("id")
    said = digest.gathered.order_by().annotate(said=KT("about__error__message")).filter(said__isnull=False)
    most = said.values_list("said").annotate(number=Count("id")).order_by("-number", "said").first() or ("", 0)
    return Gathered(digest.gathered.count(), list(rows[:NAMED]), *most)


def message(digest: NotificationDelivery, found: Gathered, *, title: str) -> Message:
    """What a digest says: how many, which, and why, in plain text that no value can turn into anything else."""
    times = "once more" if found.count == 1 else f"{found.count:,} more times"
    what = _WHAT[NotifyOn(digest.trigger)]
    about = digest.policy.rpartition("/")[0]
    where = f"the action {about} of the workflow {title}" if about else f"the workflow {title}"
    lines = [f"Since the last message, {where} {what} {times}.", ""]
    if found.error:
        said = " ".join(found.error.split())[:MAX_ERROR_CHARACTERS]
        lines += [f"Most often ({found.error_count:,} of {found.count:,}): {said}", ""]
    lines += ["Runs:" if found.count <= NAMED else f"The first {NAMED} runs:", *map(_line, found.first)]
    subject = f"{title}: {what} {times}"
    return Message(subject=_SHOWN.clean_text(subject), text=_SHOWN.clean_text("\n".join(lines) + "\n"))


_WHAT = {
    NotifyOn.READY: "was ready",
    NotifyOn.STARTED: "started",
    NotifyOn.COMPLETED: "completed",
    NotifyOn.FAILED: "failed",
    NotifyOn.RETRY: "was tried again",
    NotifyOn.NEEDS_DECISION: "needed a decision",
}


def _line(row: NotificationDelivery) -> str:
    run = row.run
    link = rendering.link_of(run) if run else None
    return f"- {row.run_id}" + (f"  {link}" if link else "")


def _key(row: NotificationDelivery) -> str:
    parts = (str(row.workspace_id), str(row.workflow_id), row.policy, row.trigger, row.channel, row.connection, row.to)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _lock(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"notification group {key}"])


def _open_digest(key: str, now: datetime) -> NotificationDelivery | None:
    waiting = {"status": DeliveryStatus.PENDING, "attempt": 0, "due_at__gt": now}
    rows = NotificationDelivery.objects.filter(group_key=key, is_digest=True, group_until__gt=now, **waiting)
    return rows.select_for_update(no_key=True).first()


def _new_digest(
    row: NotificationDelivery, window: NotificationDelivery, *, seconds: float, now: datetime
) -> NotificationDelivery:
    due_at = window.group_until or now
    return NotificationDelivery.objects.create(
        id=new_id(),
        workspace_id=row.workspace_id,
        workflow_id=row.workflow_id,
        policy=row.policy,
        trigger=row.trigger,
        channel=row.channel,
        connection=row.connection,
        to=row.to,
        is_digest=True,
        group_key=row.group_key or window.group_key,
        group_until=due_at + timedelta(seconds=seconds),
        due_at=due_at,
        created_at=now,
    )
