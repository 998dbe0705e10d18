"""Renew credentials that are about to end: one worker asks the other side, and the others wait for what it brings.

Many refresh tokens are good for one use, so asking twice would lose the connection. The worker that asks holds a lease,
a column that it wrote by compare-and-set; no transaction is open meanwhile. A worker that dies leaves its lease to end.
"""

import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from actions.base import ActionFailedError
from actions.connections.base import Opened, Renewed, TestCall
from actions.connections.errors import AuthorizationNeededError
from actions.models import Connection
from actions.services import sealing
from core.redaction import Redactor

LEASE = timedelta(seconds=30)
ASK_SECONDS = 15.0  # well within the lease
POLL_SECONDS = 0.05
WAIT_SECONDS = 40.0  # longer than the lease of one who died

Learn = Callable[[Collection[str]], None]


def fresh(row: Connection, *, learn: Learn, timeout_seconds: float) -> Connection:
    """The row with credentials that will do: as it is, or renewed by this worker or another.

    `learn` is told every secret, the new ones before they are used. Raises `ActionFailedError`: connection_expired when
    only a person can mend it, connection_busy (retryable) when another worker takes too long, and what `prepare`
    raises.
    Concurrency: of any number of callers at once, one asks the other side.
    """
    found = sealing.type_of(row)
    ends = time.monotonic() + min(timeout_seconds, WAIT_SECONDS)
    while True:
        opened = sealing.opened(row)
        learn(sealing.secret_values(row, opened))
        if not found.is_stale(opened, timezone.now()):
            return row
        if row.needs_authorization:
            raise _expired(row)
        if lease := _lease(row):
            return _renew(row, opened, learn=learn, lease=lease, seconds=max(ends - time.monotonic(), 1))
        if time.monotonic() >= ends:
            text = f"the credentials of the connection {row.name!r} are being renewed by another worker"
            raise ActionFailedError("connection_busy", text, is_retryable=True)
        time.sleep(POLL_SECONDS)
        row = again(row)


def again(row: Connection) -> Connection:
    """The row as it is now. Raises `ActionFailedError` (unknown_connection) when it was deleted."""
    found = Connection.objects.filter(pk=row.pk).first()
    if found is None:
        text = f"the connection {row.name!r} was deleted"
        raise ActionFailedError("unknown_connection", text, is_retryable=False)
    return found


def store(row: Connection, renewed: Renewed, *, used: dict[str, Any] | None = None) -> Connection:
    """Keep new credentials, and end the lease. Where those that they were fetched with (`used`) are not the stored ones
    any more, somebody has stored others meanwhile, which are kept."""
    with transaction.atomic():
        found = Connection.objects.select_for_update().filter(pk=row.pk).first()
        if found is None:
            return again(row)
        fields = sealing.unseal_or_fail(found)
        found.refreshing_until = None
        if used is None or all(fields.get(name) == used.get(name) for name in renewed.secrets):
            found.token = sealing.seal(found, {**fields, **renewed.secrets})
            found.needs_authorization = False
            found.expires_at = renewed.expires_at or (found.expires_at if used is not None else None)
        found.save(update_fields=["token", "needs_authorization", "expires_at", "refreshing_until", "updated_at"])
    return found


def _renew(row: Connection, opened: Opened[Any, Any], *, learn: Learn, lease: datetime, seconds: float) -> Connection:
    redactor = Redactor(sealing.secret_values(row, opened))
    call = TestCall(row.workspace_id, min(seconds, ASK_SECONDS), timezone.now(), redactor)
    try:
        renewed = sealing.type_of(row).prepare(opened, call)
        if renewed is not None:
            learn([*sealing.texts(dict(renewed.secrets))])
    except AuthorizationNeededError:
        _release(row, lease, needs_authorization=True)
        raise
    except BaseException:  # the worker is told to stop, too: others need not wait for the lease to end
        _release(row, lease)
        raise
    if renewed is None:
        _release(row, lease)
        return row
    row = store(row, renewed, used=sealing.unseal_or_fail(row))
    learn(sealing.secret_values(row, sealing.opened(row)))
    return row


def _lease(row: Connection) -> datetime | None:
    """The lease, None when somebody else has it or has renewed the credentials already."""
    until = timezone.now() + LEASE
    free = Q(refreshing_until=None) | Q(refreshing_until__lt=Now())
    rows = Connection.objects.filter(free, pk=row.pk, token=row.token, needs_authorization=False)
    return until if rows.update(refreshing_until=until) else None


def _release(row: Connection, lease: datetime, **changes: bool) -> None:
    Connection.objects.filter(pk=row.pk, refreshing_until=lease).update(refreshing_until=None, **changes)


def _expired(row: Connection) -> AuthorizationNeededError:
    return AuthorizationNeededError(
        f"the connection {row.name!r} has expired: the other side does not renew it. An admin authorises it again"
    )
