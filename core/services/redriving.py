"""Try dead letters again: one at once, or many, so many in a second. And discard them."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from core import tenancy
from core.errors import ConflictError, InvalidError, SequiturError
from core.models import DeadLetter, LetterStatus
from core.redrivers import redrivers
from core.selectors import dead_letters as selector
from core.selectors.dead_letters import Filters
from core.services import dead_letters

log = structlog.get_logger(__name__)

MAX_AT_ONCE = 10_000
MIN_PER_SECOND, MAX_PER_SECOND = 0.01, 1000
BATCH = 200  # of a sweep: it comes every two seconds
AGAIN_SECONDS = 30  # after the database failed us: others come first
STOPPED = "It could not be tried again: "


class _DealtWithError(Exception):
    """Somebody else has dealt with the letter meanwhile."""


@dataclass(frozen=True, slots=True)
class Planned:
    """How many letters are to be tried again, and when the last of them is. `matching` also counts those too many."""

    matching: int
    scheduled: int
    last_at: datetime | None


def redrive(letter_id: UUID, *, by: str, reason: str = "") -> DeadLetter:
    """Try one again now. Does nothing to one that was tried again already: safe to repeat.

    Raises `ConflictError` for one that was discarded, or that cannot be tried again; then it stays as it is.
    Concurrency: what died is locked before the letter, as by those who bury it. Of two at once, the second finds the
    letter closed, and what it did is undone.
    """
    letter = DeadLetter.objects.get(pk=letter_id)
    if letter.status == LetterStatus.DISCARDED:
        raise ConflictError("The letter was discarded; what it is about is left as it is.")
    if letter.status != LetterStatus.REDRIVEN:
        _redrive(letter, by=by, reason=reason)
        letter.refresh_from_db()
    return letter


def _redrive(letter: DeadLetter, *, by: str, reason: str) -> None:
    redriver = redrivers.find(letter.kind)
    if redriver is None:
        raise ConflictError(f"Nothing here can try a letter of the kind {letter.kind} again.")
    try:
        with _scope_of(letter), transaction.atomic(), dead_letters.in_hand(letter):
            redriver(letter, by=by, reason=reason)
            _close(letter, by=by, reason=reason)
    except _DealtWithError:
        return
    except ConflictError:
        if DeadLetter.objects.filter(pk=letter.pk, status=LetterStatus.REDRIVEN).exists():
            return  # by somebody else, at the same time: that is why it could not be
        raise


def _close(letter: DeadLetter, *, by: str, reason: str) -> None:
    if not dead_letters.close(letter, LetterStatus.REDRIVEN, by=by, reason=reason):
        raise _DealtWithError


@contextmanager
def _scope_of(letter: DeadLetter) -> Iterator[None]:
    with nullcontext() if letter.workspace_id is None else tenancy.scope(letter.workspace_id):
        yield


def discard(letter_id: UUID, *, by: str, reason: str) -> DeadLetter:
    """Leave what a letter is about as it is, for a reason. The letter can still be read. Safe to repeat.

    Raises `InvalidError` without a reason, `ConflictError` for one that was tried again.
    """
    if not reason.strip():
        raise InvalidError("Say why it is discarded.")
    letter = DeadLetter.objects.get(pk=letter_id)
    with transaction.atomic():
        dead_letters.close(letter, LetterStatus.DISCARDED, by=by, reason=reason)
    letter.refresh_from_db()
    if letter.status == LetterStatus.REDRIVEN:
        raise ConflictError("It was tried again already; there is nothing to discard.")
    return letter


def preview(filters: Filters, *, per_second: float) -> Planned:
    """What `schedule` would do now."""
    matching = _open(filters).count()
    return _planned(matching, per_second=per_second, now=timezone.now())


@transaction.atomic
def schedule(filters: Filters, *, per_second: float, by: str, reason: str = "") -> Planned:
    """Let the open letters in scope that are meant be tried again, the oldest first, so many in a second.

    At most `MAX_AT_ONCE` of them. Those that have a time already keep it: safe to repeat.
    """
    now = timezone.now()
    matching = _open(filters).count()
    rows = _open(filters).order_by("pk").select_for_update(skip_locked=True)
    found = list(rows[:MAX_AT_ONCE])
    _spread([row.pk for row in found], now=now, per_second=per_second, by=by, reason=reason)
    for letter in found:
        dead_letters.record(letter, "dead_letter.redriving", by=by, reason=reason)
    return _planned(matching, per_second=per_second, now=now, scheduled=len(found))


def _open(filters: Filters) -> QuerySet[DeadLetter]:
    return selector.listed(filters).filter(status=LetterStatus.OPEN)


def _planned(matching: int, *, per_second: float, now: datetime, scheduled: int | None = None) -> Planned:
    number = min(matching, MAX_AT_ONCE) if scheduled is None else scheduled
    last_at = now + timedelta(seconds=(number - 1) / per_second) if number else None
    return Planned(matching, number, last_at)


_SPREAD = """
UPDATE core_deadletter AS letter
SET status = 'redriving', resolved_by = %(by)s, reason = %(reason)s,
    redrive_at = %(now)s::timestamptz + (own.number - 1) * %(seconds)s * interval '1 second'
FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS own(id, number)
WHERE letter.id = own.id
"""


def _spread(ids: list[UUID], *, now: datetime, per_second: float, by: str, reason: str) -> None:
    values: dict[str, Any] = {
        "ids": ids,
        "now": now,
        "seconds": 1 / per_second,
        "by": by[:200],
        "reason": reason[:2000],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SPREAD, values)


def sweep() -> int:
    """Try those again whose time has come; returns how many were looked at.

    One that cannot be tried again is open again, and says why; it stops no other. Concurrency: two sweepers at once do
    each once (`redrive`).
    """
    with tenancy.unscoped("one sweep serves all workspaces"):
        due = DeadLetter.objects.filter(status=LetterStatus.REDRIVING, redrive_at__lte=timezone.now())
        found = list(due.order_by("redrive_at")[:BATCH])
        for letter in found:
            _try(letter)
    return len(found)


def _try(letter: DeadLetter) -> None:
    try:
        _redrive(letter, by=letter.resolved_by, reason=letter.reason)
    except OperationalError as error:  # a deadlock, a time-out: says nothing about the letter
        log.warning("dead letter is tried again later", letter_id=str(letter.pk), error=str(error).partition("\n")[0])
        _redriving(letter).update(redrive_at=timezone.now() + timedelta(seconds=AGAIN_SECONDS))
    except Exception as error:
        why = error.detail if isinstance(error, SequiturError) else f"{type(error).__name__}."
        if not isinstance(error, SequiturError):
            log.exception("dead letter cannot be tried again", letter_id=str(letter.pk))
        said = f"{STOPPED}{why}"[:2000]
        _redriving(letter).update(status=LetterStatus.OPEN, redrive_at=None, reason=said, resolved_by="")


def _redriving(letter: DeadLetter) -> QuerySet[DeadLetter]:
    return DeadLetter.objects.filter(pk=letter.pk, status=LetterStatus.REDRIVING)
