"""Read and change the values that workflows keep. Every query is of the workspace in scope.

Under an idempotency key a change is made once (`actions.effects`): an attempt that finds the note of another returns
what stands in it.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from actions import effects
from actions.models import KeyValue
from core import storable, tenancy
from core.errors import ConflictError, TooLargeError
from core.expressions import instants

MAX_VALUE_BYTES = 256 * 1024
MAX_NUMBER = 2**63
MAX_ROUNDS = 20  # of losing a race for a new key; each round somebody else has won
ABSENT = 0  # as `if_version`: only when there is no value

Number = int | float


class VersionConflictError(ConflictError):
    """The value is not the one that was expected."""

    code = "version_conflict"


class TooManyKeysError(ConflictError):
    """The workspace keeps as many values as it may. Delete some, or let them expire."""

    code = "too_many_keys"


class NotANumberError(ConflictError):
    """Only a number can be incremented."""

    code = "not_a_number"


@dataclass(frozen=True, slots=True)
class Stored:
    """A value as it stands. `expires_at` is ISO 8601 or None."""

    value: Any
    version: int
    expires_at: str | None


@dataclass(frozen=True, slots=True)
class Put:
    """What to store: a value, or `increment` to be added to the number that is there (0 when there is none).

    `if_version`: only when that is the version (0: only when there is no value). A counter keeps the time at which it
    expires; a new one, and a value, gets it from `expires_in_seconds`.
    """

    value: Any = None
    increment: Number | None = None
    if_version: int | None = None
    expires_in_seconds: float | None = None


def find(namespace: str, key: str) -> Stored | None:
    """The value under a key, None when there is none or it has expired."""
    row = _live(timezone.now()).filter(namespace=namespace, key=key).first()
    return _stored(row) if row else None


def live() -> QuerySet[KeyValue]:
    """The rows whose values are there, without those values."""
    return _live(timezone.now()).defer("value")


def put(namespace: str, key: str, change: Put, *, idempotency_key: str = "") -> Stored:
    """Store a value; returns it.

    Raises `VersionConflictError`, `TooManyKeysError`, `NotANumberError`, and for the value `TooLargeError` and
    `MalformedError`: nothing is changed then.
    Concurrency: changes of one key wait for each other, so no increment is lost and one of two that expect the same
    version wins. Under the same idempotency key it is made once; the later call returns what the first one did.
    """
    _check_size(change.value)

    def make() -> dict[str, Any]:
        stored = asdict(_put(namespace, key, change, now=timezone.now()))
        return stored if change.increment is not None else {**stored, "value": None}  # noted once is enough

    made = _once(make, idempotency_key)
    return Stored(**made) if change.increment is not None else Stored(**{**made, "value": change.value})


def delete(namespace: str, key: str, *, if_version: int | None = None, idempotency_key: str = "") -> bool:
    """Delete a value; returns whether there was one.

    Raises `VersionConflictError`. Concurrency: as `put`.
    """

    def make() -> dict[str, Any]:
        row = _locked(namespace, key)
        is_there = row is not None and _is_live(row, timezone.now())
        if if_version is not None:
            _expect(if_version, row if is_there else None)
        if row is not None:
            row.delete()
        return {"deleted": is_there}

    return bool(_once(make, idempotency_key)["deleted"])


def sweep() -> int:
    """Delete some of what has expired, of all workspaces; returns how many values."""
    return effects.delete_some(KeyValue.objects.filter(expires_at__lte=timezone.now()).order_by("expires_at"))


def _once(make: Callable[[], dict[str, Any]], idempotency_key: str) -> dict[str, Any]:
    """What the change came to, made now or by an earlier attempt.

    1. Two attempts at once: the second finds the note, or loses by its unique constraint and is rolled back.
    2. Two that make one new key: the loser is rolled back, and finds the row of the other one.
    """
    for _ in range(MAX_ROUNDS):
        try:
            with transaction.atomic():
                return _noted(make, idempotency_key) if idempotency_key else make()
        except IntegrityError:
            continue
    raise ConflictError("Too many others change this key at the same time. Try again.")


def _noted(make: Callable[[], dict[str, Any]], idempotency_key: str) -> dict[str, Any]:
    known = effects.known(idempotency_key)
    if known is not None:
        return known
    result = make()
    effects.note(idempotency_key, "key_value", result)
    return result


def _put(namespace: str, key: str, change: Put, *, now: datetime) -> Stored:
    row = _locked(namespace, key)
    known = row if row is not None and _is_live(row, now) else None
    if change.if_version is not None:
        _expect(change.if_version, known)
    if row is None:
        _refuse_more(now)
        row = KeyValue(workspace_id=tenancy.current_workspace_id(), namespace=namespace, key=key, version=0)
    row.value = change.value if change.increment is None else _sum(known.value if known else 0, change.increment)
    if change.increment is None or known is None:
        seconds = change.expires_in_seconds
        row.expires_at = None if seconds is None else now + timedelta(seconds=seconds)
    # Not from 1: a version that somebody remembers must not come again after the key was deleted and made anew.
    row.version = max(row.version + 1, time.time_ns() // 1000)
    row.updated_at = now
    row.save()
    return _stored(row)


def _sum(known: Any, increment: Number) -> Number:
    if isinstance(known, bool) or not isinstance(known, int | float):
        raise NotANumberError
    total = known + increment
    if not math.isfinite(total) or abs(total) >= MAX_NUMBER:
        raise NotANumberError("The sum is larger than is counted; a number has at most 64 bits.")
    return total


def _expect(version: int, known: KeyValue | None) -> None:
    found = known.version if known else ABSENT
    if found == version:
        return
    expected = "no value" if version == ABSENT else f"version {version}"
    there = f"version {found}" if known else "no value"
    raise VersionConflictError(f"There is {there} under this key; {expected} was expected. Read it and decide anew.")


def _refuse_more(now: datetime) -> None:
    """The limit is not exact when many keys are made at the same time, which harms nobody."""
    limit = settings.SEQUITUR_MAX_KEY_VALUES
    if _live(now).count() >= limit:
        raise TooManyKeysError(f"The workspace keeps {limit:,} values, as many as it may. Delete some.")


def _check_size(value: Any) -> None:
    size = storable.size_bytes(value)
    if size > MAX_VALUE_BYTES:
        raise TooLargeError(f"The value has {size:,} bytes as JSON; at most {MAX_VALUE_BYTES:,} are kept.")


def _live(now: datetime) -> QuerySet[KeyValue]:
    return KeyValue.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now))


def _is_live(row: KeyValue, now: datetime) -> bool:
    return row.expires_at is None or row.expires_at > now


def _locked(namespace: str, key: str) -> KeyValue | None:
    return KeyValue.objects.select_for_update().filter(namespace=namespace, key=key).first()


def _stored(row: KeyValue) -> Stored:
    return Stored(row.value, row.version, instants.write(row.expires_at) if row.expires_at else None)
