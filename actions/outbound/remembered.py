"""Remember how hosts answered, in rows that all workers share, and refuse calls by it. It never stands in the way:
when the database does not answer, or another call holds the row for too long, the call goes (docs/adr/0017).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from actions.models import OutboundHost
from actions.outbound import circuit, rate, refusals
from actions.outbound.circuit import Circuit
from core import tenancy
from core.errors import NotFoundError
from core.ids import new_id
from core.outbound_rules import CircuitRule, OutboundRules, RateRule
from core.services import audit

log = structlog.get_logger(__name__)

LOCK_MILLISECONDS = 500  # how long a call waits for the row that another one decides on
FORGOTTEN_AFTER = timedelta(days=1)


class _Known(NamedTuple):
    row: OutboundHost
    now: float  # by the database's clock, which all workers share


@dataclass(frozen=True, slots=True)
class Ticket:
    """That a call may go. `is_well`: nothing was remembered of the host, so a success need not be written down."""

    host: str
    rule: CircuitRule | None
    is_well: bool = True


def admit(host: str, rules: OutboundRules) -> Ticket:
    """Let a call of the host go. In the scope of the workspace, outside transactions.

    Raises `ActionFailedError`: circuit_open, rate_limited; both are retryable and say when.
    Concurrency: decided under the row's lock, so exactly one of many calls is the probe, and no window holds too many.
    """
    if rules.circuit is None and rules.rate is None:
        return Ticket(host, None)
    try:
        if rules.rate is None and not _is_known(host):
            return Ticket(host, rules.circuit)
        with _locked(host, creates=rules.rate is not None) as known:
            return _admitted(known, host, rules) if known else Ticket(host, rules.circuit)
    except DatabaseError as error:
        log.warning("the state of a host cannot be read, it is called", error=type(error).__name__)
        connection.close_if_unusable_or_obsolete()  # what comes of the call is written down over another one
        return Ticket(host, rules.circuit)


def record(ticket: Ticket, *, failure: str) -> None:
    """Remember how the call went; `failure` is the code of what makes a circuit open, empty for any answer."""
    if ticket.rule is None or (ticket.is_well and not failure):
        return
    try:
        with _locked(ticket.host, creates=bool(failure)) as known:
            if known:
                _write(known, _after(known, ticket.rule, failure=failure), failure=failure)
    except DatabaseError as error:
        log.warning("the state of a host cannot be written, it is left as it was", error=type(error).__name__)
        connection.close_if_unusable_or_obsolete()


@transaction.atomic
def reset(host: str, *, by: str = "") -> None:
    """Forget what is remembered of a host: its circuit is closed, its calls are not counted.

    Raises `NotFoundError` where there is nothing to forget.
    """
    row = find(host)
    before = {"host": row.host, "circuit": circuit_of(row).state}
    audit.record("outbound_host.reset", by=by, target="outbound_host", target_id=row.pk, before=before)
    row.delete()


def find(host: str) -> OutboundHost:
    """What is remembered of a host. Raises `NotFoundError`."""
    row = OutboundHost.objects.filter(host=host).first()
    if row is None:
        raise NotFoundError(f"Nothing is remembered of the host {host[:100]!r}.")
    return row


def circuit_of(row: OutboundHost) -> Circuit:
    """The circuit that a row remembers."""
    return Circuit(tuple(row.failures), row.probe_at, row.is_probing)


def _admitted(known: _Known, host: str, rules: OutboundRules) -> Ticket:
    before = circuit_of(known.row)
    now = known.now
    admission = circuit.admit(before, now=now, rule=rules.circuit) if rules.circuit else circuit.Admission(before)
    if admission.wait_seconds is not None:
        raise refusals.circuit_open(host, admission.wait_seconds)
    count = _counted(known, rules.rate)
    if count.wait_seconds is not None:
        raise refusals.rate_limited(host, count.wait_seconds)
    if admission.circuit != before or count.calls != tuple(known.row.calls):
        known.row.calls = list(count.calls)
        _write(known, admission.circuit, failure="")
    return Ticket(host, rules.circuit, is_well=before == Circuit())


def _counted(known: _Known, rule: RateRule | None) -> rate.Count:
    return rate.admit(tuple(known.row.calls), now=known.now, rule=rule) if rule else rate.Count(tuple(known.row.calls))


def _after(known: _Known, rule: CircuitRule, *, failure: str) -> Circuit:
    before = circuit_of(known.row)
    return circuit.failed(before, now=known.now, rule=rule) if failure else circuit.succeeded(before)


def _write(known: _Known, after: Circuit, *, failure: str) -> None:
    row = known.row
    if after == Circuit() and not row.calls:
        OutboundHost.objects.filter(pk=row.pk).delete()
        return
    OutboundHost.objects.filter(pk=row.pk).update(
        failures=list(after.failures),
        calls=row.calls,
        probe_at=after.probe_at,
        is_probing=after.is_probing,
        last_failure=failure or row.last_failure,
        updated_at=Now(),
    )


def _is_known(host: str) -> bool:
    with _impatient():
        return OutboundHost.objects.filter(host=host).exists()


@contextmanager
def _impatient() -> Iterator[None]:
    """A transaction that waits for no lock for long, not even for one of the whole table."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
        yield


@contextmanager
def _locked(host: str, *, creates: bool) -> Iterator[_Known | None]:
    """The host's row, locked until the end of the block; None where there is none and it is not to be made."""
    with _impatient():
        row = _row(host)
        if row is None and creates:
            _make(host)
            row = _row(host)
        yield _Known(row, _clock().timestamp()) if row else None


def _row(host: str) -> OutboundHost | None:
    return OutboundHost.objects.select_for_update().filter(host=host).first()


def _make(host: str) -> None:
    """A row for the host, unless another call makes it; those that nobody has touched for long go."""
    OutboundHost.objects.filter(updated_at__lt=Now() - FORGOTTEN_AFTER).delete()
    row = OutboundHost(id=new_id(), workspace_id=tenancy.current_workspace_id(), host=host)
    OutboundHost.objects.bulk_create([row], ignore_conflicts=True)


def _clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [at] = cursor.fetchone()
    found: datetime = at
    return found
