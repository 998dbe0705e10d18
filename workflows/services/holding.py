"""Keep and bound a claimed try while it is performed: its lease is renewed, its time-out is hard, a stop ends it.

    try:
        with holding.held(action_run_id, attempt, timeout_seconds=30, on_overrun=record_failure):
            result = action_type.perform(params, call)
    except holding.InterruptedTryError as error: ...   # TimedOutError, StoppingError, LostClaimError

Constraints, and the design that follows:

1. Leases are short, so that the work of a dead worker is taken over soon, and tries may be long. So one thread of each
   process, the keeper, renews the leases of what the process holds, every third of a lease, on a connection of its own.
   When the row says that somebody else has the try, the code is interrupted.
2. Most tries are shorter than that. Nobody wakes the keeper for them, and it finds nothing to do: it sleeps for a third
   of a lease at most, so what began meanwhile is still early enough when it looks.
3. Code may hang. `interruption` raises in it; when it has not let go `GRACE_SECONDS` later, the keeper lets
   `on_overrun` record that, and ends the process with SIGKILL: Celery's pool starts another. In a thread that is not
   the main one (`celery --pool threads`, a web process) the process has other things to do, and lives on: the failure
   is recorded, and the thread is lost until its code returns.
4. Code that keeps the interpreter's lock in C for ever stops the keeper too. Then the lease ends, and Celery's
   `task_time_limit` kills the process from outside.
5. A worker that is told to stop has to say so to its pool processes, whatever they do at the time. A number in memory
   that they share with it (by fork) says until when they have; it needs no signal, no process id, and is seen by
   processes that start later. Where processes are spawned, they see nothing, and the leases end.
"""

import math
import mmap
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import psycopg
import structlog
from django.conf import settings
from django.db import Error as DatabaseFailure
from django.db import connection, connections
from django.db.models.functions import Now
from psycopg.pq import TransactionStatus

from core import tenancy
from workflows.engine.states import ActionStatus
from workflows.models import ActionRun
from workflows.services import interruption
from workflows.services.interruption import (
    Block,
    InterruptedTryError,
    LostClaimError,
    StoppingError,
    TimedOutError,
)

__all__ = (
    "InterruptedTryError",
    "LostClaimError",
    "StoppingError",
    "TimedOutError",
    "bounded",
    "held",
    "is_stopping",
    "stop",
)

log = structlog.get_logger(__name__)

GRACE_SECONDS = 5.0  # from the first interruption of a code that does not let go to the end of its process
ALARM_SECONDS = 1.0  # how late the alarm of a time-out may be heeded
RETRY_SECONDS = 1.0  # after a renewal that failed
SHORTEST_PAUSE_SECONDS = 0.01
CANCEL_TIMEOUT_SECONDS = 1.0
STATEMENT_TIMEOUT_MS = 3000  # a renewal that waits longer for a lock fails, and is tried again

OnOverrun = Callable[[InterruptedTryError], object]


@dataclass(slots=True)
class _Hold:
    """A try that is held. `renew_at`, of `time.monotonic`, is infinite once there is nothing to renew."""

    block: Block
    action_run_id: UUID
    attempt: int
    on_overrun: OnOverrun
    renew_at: float
    is_renewed: bool = False
    is_over: bool = False  # although the block may not be left


_holds: dict[int, _Hold] = {}  # the last one of each thread, which may have been left
_keeper: threading.Thread | None = None
_starting = threading.Lock()
_wake = threading.Event()
_stop_at = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("d")  # [0]: of `time.monotonic`, one clock for all; 0 is never


def held(action_run_id: UUID, attempt: int, *, timeout_seconds: float, on_overrun: OnOverrun) -> Block:
    """Hold a claimed try during the `with` block; enter it at once, in the same thread, and outside transactions.

    `on_overrun` is called from another thread, outside any scope of a workspace, and with the exception that did not
    help; it should record the outcome, if the try is still the current one.
    Raises `TimedOutError`, `StoppingError`, `LostClaimError`, inside of the block only; they leave it. The thread's
    database connections are then closed, since they may have been in the middle of a query.
    """
    block = interruption.block(timeout_seconds=timeout_seconds, clean_up=_close_connections)
    renew_at = monotonic() + _renewal_seconds()
    _holds[threading.get_ident()] = _Hold(block, action_run_id, attempt, on_overrun, renew_at)
    if _keeper is None:
        _start_keeper()
    if not block.keeps_its_deadline:
        _wake.set()
    return block


def bounded(*, timeout_seconds: float) -> Block:
    """Bound code that is no try of an action; enter it at once, in the same thread, and outside transactions.

    Raises `TimedOutError`, inside of the block only; the thread's database connections are then closed. In a thread
    that is not the main one nothing is raised: code there keeps its own time-outs.
    """
    return interruption.block(timeout_seconds=timeout_seconds, clean_up=_close_connections)


def stop(*, within_seconds: float) -> None:
    """Let this process and its children stop: what they hold is interrupted after so long. The first call counts.

    Safe in a signal handler.
    """
    if not is_stopping():
        _stop_at[0] = monotonic() + within_seconds


def is_stopping() -> bool:
    """Whether the worker was told to stop: it should finish what it holds, and take nothing more."""
    return _stop_at[0] > 0


def _renewal_seconds() -> float:
    return float(settings.SEQUITUR_LEASE_SECONDS) / 3


def _start_keeper() -> None:
    global _keeper  # noqa: PLW0603  one for each process
    with _starting:
        if _keeper is None:
            keeper = threading.Thread(target=_keep, name="holding", daemon=True)
            keeper.start()
            _keeper = keeper


def _forget() -> None:
    """After a fork: the child holds nothing, and has one thread."""
    global _keeper, _starting, _wake
    _holds.clear()
    _keeper, _starting, _wake = None, threading.Lock(), threading.Event()


os.register_at_fork(after_in_child=_forget)


def _keep() -> None:
    """The keeper's life: it ends with the process."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})  # it is for the main thread, which it has to wake
    while True:
        try:
            pause = _look(monotonic())
        except Exception:
            log.exception("keeper failed")
            pause = RETRY_SECONDS
        _wake.wait(pause)
        _wake.clear()


def _look(now: float) -> float:
    """Do what is due for everything that is held; returns for how many seconds nothing will be."""
    due_at = now + min(_renewal_seconds(), GRACE_SECONDS, float(settings.SEQUITUR_STOP_SECONDS))
    is_connection_used = False
    for hold in list(_holds.values()):
        if hold.is_over or hold.block.is_left:
            continue  # not removed: its thread may put the next one into its place meanwhile
        if _ended(hold, now):
            hold.is_over = True
            continue
        if now >= hold.renew_at:
            _renew(hold)
        is_connection_used |= hold.is_renewed
        due_at = min(due_at, hold.renew_at, _interruption_due_at(hold.block))
    if not is_connection_used:
        connections.close_all()
    return max(due_at - monotonic(), SHORTEST_PAUSE_SECONDS)


def _interruption_due_at(block: Block) -> float:
    """When the block has to be interrupted from here, or ended when it was interrupted already."""
    if block.interrupted_at is not None:
        return block.interrupted_at + GRACE_SECONDS
    # An alarm that was not heeded by then cannot get through: the code is somewhere in C.
    deadline = block.deadline + ALARM_SECONDS if block.keeps_its_deadline else block.deadline
    return min(deadline, _stop_at[0]) if is_stopping() else deadline


def _ended(hold: _Hold, now: float) -> bool:
    """Interrupt what has to be, and end what did not mind; returns whether there is nothing more to keep."""
    block = hold.block
    if now < _interruption_due_at(block):
        return False
    if block.interrupted_at is None:
        block.interrupt(StoppingError if is_stopping() and now >= _stop_at[0] else TimedOutError)
        return False
    cause = block.note(TimedOutError)
    log.error("code ignores its interruption", action_run_id=str(hold.action_run_id), error=cause.code)
    try:
        hold.on_overrun(cause())
    except Exception:
        log.exception("overrun not recorded", action_run_id=str(hold.action_run_id))
    block.end_process()
    return True


def _renew(hold: _Hold) -> None:
    """Extend the lease, by the database's clock. A try that is not the current one any more is interrupted."""
    mine = {"pk": hold.action_run_id, "status": ActionStatus.RUNNING, "attempt": hold.attempt}
    lease = timedelta(seconds=settings.SEQUITUR_LEASE_SECONDS)
    try:
        with tenancy.unscoped("one keeper serves all that its process holds"):
            with connection.cursor() as cursor:  # of this thread, which uses its connection for nothing else
                cursor.execute(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
            # A statement that commits by itself: a process that is frozen here leaves no lock behind.
            is_mine = ActionRun.objects.filter(**mine).update(lease_until=Now() + lease)
    except DatabaseFailure:
        log.warning("lease not renewed", action_run_id=str(hold.action_run_id), exc_info=True)
        connection.close()
        hold.renew_at = monotonic() + min(RETRY_SECONDS, _renewal_seconds())
        return
    hold.is_renewed = True
    hold.renew_at = monotonic() + _renewal_seconds()
    if not is_mine:
        hold.renew_at = math.inf
        hold.block.interrupt(LostClaimError)


def _close_connections() -> None:
    """End the queries that were interrupted, and the connections. Not inside a transaction, which is the caller's."""
    for each in connections.all(initialized_only=True):
        if each.in_atomic_block:
            continue
        raw: psycopg.Connection[Any] | None = each.connection
        if raw is not None and raw.info.transaction_status == TransactionStatus.ACTIVE:
            with suppress(psycopg.Error):  # PostgreSQL notices that nobody listens only at the end of the query
                raw.cancel_safe(timeout=CANCEL_TIMEOUT_SECONDS)
        with suppress(DatabaseFailure):  # it is dropped all the same
            each.close()
