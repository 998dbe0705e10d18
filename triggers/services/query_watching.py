"""Ask the queries of triggers, and let each row that was not there before fire once.

Constraints, and the design that follows:

1. The query runs outside of any transaction, so whoever asks takes the row first, by moving its time on. Whoever dies
   then has asked nothing: the query is asked again at the next time.
2. Events, and the keys that were met, are written in one transaction, under the lock of the row. If it is not as it
   was taken (paused, published anew, taken again), the answer is of nobody, and nothing is written.
3. An event is named by trigger, key and the instant at which the row was asked for, so it cannot be stored twice.
"""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from core import tenancy
from core.errors import SequiturError
from core.expressions import templates
from core.expressions.scope import Scope
from core.ids import new_id
from core.redaction import shortening
from core.services import audit
from triggers.engine import arrivals
from triggers.engine.matcher import MAX_SECONDS
from triggers.models import Event, QueryWatch
from triggers.services import ingest, query_checks, query_watches, schedules
from triggers.services.querying import running
from triggers.services.querying.errors import TooManyQueriesError
from triggers.services.querying.running import Answer, Watch
from triggers.types.sql import EVENT_TYPE, Params

log = structlog.get_logger(__name__)

Json = dict[str, Any]

MAX_ROWS = 100  # of an answer that are looked at: each may start a workflow
MAX_AGE = timedelta(days=31)  # of the events that are read
BUDGET_SECONDS = 10.0  # of one message, after which others have their turn
FAILURES_TOLD = 3  # in a row: then the audit trail says so, and it is asked less often
MAX_BACKOFF_SECONDS = 3600
MAX_MESSAGE = 1000
SOURCE = "pattern"
_ANSWERED = ("met", "rows", "last_run_at", "next_run_at", "warnings")

# What triggers of this kind sent is not seen by them: a row for each of their events would never end.
WATCH = Watch(hidden=(EVENT_TYPE,), max_rows=MAX_ROWS, max_age=MAX_AGE)


@dataclass(frozen=True, slots=True)
class _Taken:
    """A query that is asked now: the row as it was taken, the instant, and when it is due after that."""

    row: QueryWatch
    at: datetime
    due_again_at: datetime

    @property
    def every_seconds(self) -> int:
        return int(self.row.params["every_seconds"])


def ask_many(watch_ids: Sequence[UUID], *, budget_seconds: float = BUDGET_SECONDS) -> int:
    """Ask these queries in turn, those that are due; returns how many events were sent. What is left when the budget
    is spent is published again by the next sweep."""
    deadline, fired = time.monotonic() + budget_seconds, 0
    for place, each in enumerate(watch_ids):
        if time.monotonic() > deadline:
            query_watches.release(watch_ids[place:])
            break
        fired += ask(each)
    return fired


def ask(watch_id: UUID, *, now: datetime | None = None) -> int:
    """Ask a query, if it is due, and send an event for each row that is new; returns how many.

    Concurrency: any number at once; one of them asks.
    """
    taken = _take(watch_id, now)
    if taken is None:
        return 0
    with tenancy.scope(taken.row.workspace_id):
        try:
            params = Params.model_validate(taken.row.params)
            found = running.answer(params.query, watch=WATCH)
            query_checks.check_columns([each.name for each in found.columns], params)
            rows = _rows(found)
            keys = [_digest(each, params) for each in rows]
        except TooManyQueriesError as error:
            _postpone(taken, error)
        except SequiturError as error:
            _fail(taken, error.code, error.detail)
        except Exception as error:  # it must not be silent, whatever it is
            log.exception("a query of a trigger cannot be asked", trigger_id=str(taken.row.trigger_id))
            _fail(taken, "internal_error", f"{type(error).__name__}: {error}")
        else:
            return _store(taken, found, rows, keys)
    return 0


@transaction.atomic
def _take(watch_id: UUID, now: datetime | None) -> _Taken | None:
    """Move its time on, and claim it by that; None when it is not due, or somebody else has it.

    If nobody says what became of it, it is asked again after its interval, or an hour.
    """
    with tenancy.unscoped("the message names a query, and the query its workspace"):
        at = now or schedules.database_now()
        due = QueryWatch.objects.filter(pk=watch_id, is_active=True, next_run_at__lte=at)
        row = due.select_for_update(skip_locked=True, no_key=True).first()
        if row is None or row.next_run_at is None:
            return None
        every = timedelta(seconds=row.params["every_seconds"])
        due_again_at = row.next_run_at + every if row.next_run_at + every > at else at + every
        row.next_run_at = min(due_again_at, at + timedelta(seconds=MAX_BACKOFF_SECONDS))
        row.claimed_until = None
        row.save(update_fields=["next_run_at", "claimed_until", "updated_at"])
    return _Taken(row, at, due_again_at)


def _rows(found: Answer) -> list[Json]:
    names = [each.name for each in found.columns]
    return [dict(zip(names, each, strict=True)) for each in found.rows]


def _digest(row: Json, params: Params) -> str:
    """Of what makes a row the same as one that was there before. Raises `TemplateError`."""
    if params.columns:
        told: Any = [row[name] for name in params.columns]
    elif params.key:
        with templates.within(MAX_SECONDS):
            told = templates.compile(params.key).render(Scope({**row, "event": {"data": row}}, row))
    else:
        told = row
    text = json.dumps(told, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


@transaction.atomic
def _store(taken: _Taken, found: Answer, rows: Sequence[Json], keys: Sequence[str]) -> int:
    row = _locked(taken)
    if row is None:
        return 0
    arrived = arrivals.compare(row.met, keys, is_whole=not found.is_truncated)
    events = [_event(taken, rows[place], keys[place]) for place in arrived.new]
    sent = ingest.store_own(events)
    if row.failures >= FAILURES_TOLD:
        _tell(row, "recovered", reason=f"It has an answer, after {row.failures} tries that had none.")
    row.met, row.rows, row.last_run_at, row.next_run_at = arrived.met, len(rows), taken.at, taken.due_again_at
    row.warnings = [{"code": each.code, "message": each.message} for each in found.warnings]
    row.error, row.failures = None, 0
    row.save(update_fields=[*_ANSWERED, "error", "failures", "updated_at"])
    return len(sent)


def _event(taken: _Taken, row: Json, key: str) -> Event:
    at = taken.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return Event(
        id=new_id(),
        workspace_id=taken.row.workspace_id,
        addressee=taken.row.trigger_id,
        is_public=False,
        type=EVENT_TYPE,
        source=SOURCE,
        event_id=f"{taken.row.trigger_id}/{key}/{at}",
        time=taken.at,
        data=shortening.shorten(row, max_bytes=settings.SEQUITUR_MAX_EVENT_BYTES),
        received_at=taken.at,
        hinted_at=taken.at,
    )


@transaction.atomic
def _postpone(taken: _Taken, error: TooManyQueriesError) -> None:
    """As many run as may: that is no failure of this one, and is said when it is late by an interval."""
    if (row := _locked(taken)) is not None:
        every = taken.every_seconds
        row.next_run_at = taken.at + timedelta(seconds=min(max(1.0, error.retry_after_seconds or 0), every))
        if taken.at - (row.last_run_at or row.created_at) > timedelta(seconds=2 * every):
            row.error = {"code": error.code, "message": error.detail}
        row.save(update_fields=["next_run_at", "error", "updated_at"])


@transaction.atomic
def _fail(taken: _Taken, code: str, message: str) -> None:
    """Say why it has no answer; what it met stays. It is asked again: after some failures less often, and always."""
    row = _locked(taken)
    if row is None:
        return
    row.failures += 1
    row.error = {"code": code, "message": message[:MAX_MESSAGE]}
    row.next_run_at = taken.at + timedelta(seconds=backoff_seconds(taken.every_seconds, row.failures))
    row.save(update_fields=["failures", "error", "next_run_at", "updated_at"])
    if row.failures == FAILURES_TOLD:
        _tell(row, "failed", reason=f"{row.failures} tries in a row had no answer. {message}")
    log.warning("a query of a trigger failed", trigger_id=str(row.trigger_id), code=code, failures=row.failures)


def backoff_seconds(every_seconds: int, failures: int) -> int:
    """When it is asked after so many failures in a row: up to the third after its interval, then each time after twice
    as long; an hour at most, also where the interval is longer."""
    doubled: int = every_seconds * 2 ** min(max(0, failures - FAILURES_TOLD), 16)
    return min(doubled, MAX_BACKOFF_SECONDS)


def _locked(taken: _Taken) -> QueryWatch | None:
    """The row, while it is as it was taken."""
    rows = QueryWatch.objects.filter(pk=taken.row.pk, is_active=True, next_run_at=taken.row.next_run_at)
    return rows.select_for_update(no_key=True).first()


def _tell(row: QueryWatch, what: str, *, reason: str) -> None:
    after = {"trigger": str(row.trigger_id), "error": row.error}
    audit.record(f"trigger.query_{what}", by="", target="trigger", target_id=row.trigger_id, reason=reason, after=after)
