"""Ask for a repair: what would happen, and that it happens."""

import json
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from core import publish, tenancy
from core.errors import ConflictError, InvalidError, Problem
from core.ids import new_id
from core.services import audit
from workflows.engine import repairs
from workflows.models import Repair
from workflows.services.bulk import filters, selecting
from workflows.services.bulk.filters import Filter
from workflows.services.bulk.operation import Operation, Options

log = structlog.get_logger(__name__)

TASK = "workflows.work_repair"
QUEUE = "runs"
DEFAULT_PER_SECOND = 10.0
MIN_PER_SECOND, MAX_PER_SECOND = 0.01, 100.0
DEFAULT_MAX_ERRORS = 10
MAX_REASON_CHARACTERS = 1000


class ChangedError(ConflictError):
    """What matches is not what the preview showed; look at it again."""

    code = "changed"


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants done. `expected` is the number that the preview showed them; None: they did not look, and
    mean whatever there is."""

    operation: Operation[Any]
    filter: Filter
    options: Options
    expected: int | None
    by: str
    reason: str = ""
    per_second: float = DEFAULT_PER_SECOND
    max_errors: int = DEFAULT_MAX_ERRORS
    idempotency_key: str = ""


def checked(**wanted: Any) -> Request:
    """The request of somebody on a command line, whose numbers nobody has checked. Raises `InvalidError`."""
    made = Request(**wanted)
    if not MIN_PER_SECOND <= made.per_second <= MAX_PER_SECOND:
        raise InvalidError(f"The pace is from {MIN_PER_SECOND:g} to {MAX_PER_SECOND:g} a second.")
    if made.max_errors < 1 or len(made.reason) > MAX_REASON_CHARACTERS:
        raise InvalidError(f"The error budget is at least 1, and the reason at most {MAX_REASON_CHARACTERS} long.")
    return made


@dataclass(frozen=True, slots=True)
class Requested:
    """The repair, and whether it had been asked for before."""

    repair: Repair
    is_duplicate: bool


def request(wanted: Request) -> Requested:
    """Make a repair and its items, in one transaction: what comes to match later is not among them.

    With the same idempotency key there is one repair: two calls at once meet the unique constraint, and the second is
    answered with the repair of the first.

    Raises `ChangedError` when the filter finds clearly more or fewer than expected, `InvalidError` when it finds none
    or too many, `ConflictError` for a key that asked for something else.
    """
    first = _asked_before(wanted)
    if first is not None:
        return first
    try:
        with transaction.atomic():
            return Requested(_make(wanted), is_duplicate=False)
    except IntegrityError:
        first = _asked_before(wanted)
        if first is None:
            raise
        return first


def _asked_before(wanted: Request) -> Requested | None:
    if not wanted.idempotency_key:
        return None
    row = Repair.objects.filter(idempotency_key=wanted.idempotency_key).first()
    if row is None:
        return None
    if _what(row) != _what(_row(wanted)):
        message = "Another repair was asked for with this idempotency key; use a key of its own for each."
        raise ConflictError(message, problems=[Problem("/idempotency_key", "conflict", message)])
    return Requested(row, is_duplicate=True)


def _what(row: Repair) -> str:
    """What makes two repairs the same."""
    parts = (row.target, row.operation, row.filter, row.options, row.per_second, row.max_errors, row.reason)
    return json.dumps(parts, sort_keys=True)


def _row(wanted: Request) -> Repair:
    now = timezone.now()
    return Repair(
        id=new_id(),
        workspace_id=tenancy.current_workspace_id(),
        target=wanted.operation.target.value,
        operation=wanted.operation.name,
        filter=filters.as_json(wanted.filter),
        options=wanted.options.model_dump(mode="json", exclude_none=True),
        reason=wanted.reason,
        requested_by=wanted.by,
        idempotency_key=wanted.idempotency_key,
        per_second=wanted.per_second,
        max_errors=wanted.max_errors,
        filled_at=now,
        due_at=now,
        created_at=now,
    )


def _make(wanted: Request) -> Repair:
    found = selecting.select(wanted.operation, wanted.filter)
    _check(wanted, len(found.ids))
    row = _row(wanted)
    row.total = len(found.ids)
    row.save(force_insert=True)
    selecting.freeze(row, found.ids)
    audit.record(
        "repair.requested", by=row.requested_by, target="repair", target_id=row.pk, reason=row.reason,
        after={"operation": row.operation, "target": row.target, "filter": audit.shown(row.filter),
               "options": audit.shown(row.options), "total": row.total, "per_second": row.per_second,
               "max_errors": row.max_errors},
    )  # fmt: skip
    publish.task(TASK, row.pk, queue=QUEUE)
    log.info("repair requested", repair_id=str(row.pk), operation=row.operation, total=row.total, by=row.requested_by)
    return row


def _check(wanted: Request, found: int) -> None:
    what = f"{wanted.operation.target}s"
    if wanted.expected is not None and not repairs.tolerates(wanted.expected, found):
        message = f"{found:,} {what} match now, and {wanted.expected:,} were expected. Nothing was done. Look at the "
        message += f"preview again, and send `expected`: {found} if that is what you want."
        raise ChangedError(message, problems=[Problem("/expected", "changed", message)])
    if not found:
        message = f"No {what} match, so there is nothing to do."
        raise InvalidError(message, problems=[Problem("/filter", "nothing", message)])
