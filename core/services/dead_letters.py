"""Write letters about what was given up, in the transaction in which it was; and close them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone

from core import dead_queues, publish, tenancy
from core.models import DeadLetter, LetterKind, LetterStatus
from core.redaction import Redactor
from core.services import audit

log = structlog.get_logger(__name__)

MAX_PAYLOAD_BYTES = 16 * 1024
MAX_MESSAGE = 2000  # characters
UNDEALT = (LetterStatus.OPEN, LetterStatus.REDRIVING)

_in_hand: ContextVar[UUID | None] = ContextVar("letter_in_hand", default=None)


@dataclass(frozen=True, slots=True)
class Death:
    """What was given up, and why. `payload` refers to what keeps its own; it is redacted and cut here."""

    kind: LetterKind
    source_id: UUID
    code: str
    message: str
    attempts: int
    workflow_id: UUID | None = None
    run_id: UUID | None = None
    queue: str = ""
    task: str = ""
    payload: Mapping[str, Any] | None = None


def bury(death: Death) -> None:
    """Keep an event or an action of the workspace in scope as dead, and tell the broker's tools of it.

    Where its letter is there, and nobody has dealt with it, that one is brought up to date.
    Concurrency: of two who bury the same at once, one writes the letter; the other waits for that.
    """
    clean = Redactor()
    message = str(clean.clean_text(death.message))[:MAX_MESSAGE]
    said = {"code": death.code[:100], "message": message, "attempts": death.attempts}
    same = DeadLetter.objects.filter(kind=death.kind, source_id=death.source_id, status__in=UNDEALT)
    if same.update(**said):
        return
    row = DeadLetter(
        workspace_id=tenancy.current_workspace_id(),
        kind=death.kind,
        source_id=death.source_id,
        workflow_id=death.workflow_id,
        run_id=death.run_id,
        queue=death.queue[:255],
        task=death.task[:255],
        payload=None if death.payload is None else clean.clean(dict(death.payload), max_bytes=MAX_PAYLOAD_BYTES),
        created_at=timezone.now(),
        **said,
    )
    DeadLetter.objects.bulk_create([row], ignore_conflicts=True)
    log.warning("dead letter", kind=death.kind.value, source_id=str(death.source_id), code=death.code)
    publish.shelve(_note(row), shelf=shelf_of(death.kind))


def shelf_of(kind: LetterKind) -> str:
    """Which of the broker's queues tells of letters of a kind."""
    return dead_queues.EVENTS_SHELF if kind == LetterKind.EVENT else dead_queues.WORKFLOWS_SHELF


def _note(row: DeadLetter) -> dict[str, str]:
    """Ids, and nothing of what died: whoever reads the broker need not be allowed to see that."""
    return {
        "letter": str(row.pk),
        "kind": str(row.kind),
        "source": str(row.source_id),
        "workspace": str(row.workspace_id),
        "code": row.code,
    }


def settled(kind: LetterKind | str, source_id: UUID, *, by: str, reason: str = "") -> bool:
    """Close the letter of what was tried again in another way, in the caller's transaction; whether there was one.

    To be called by whoever retries a run, with the action's row (or the run) as `source_id`. Safe to repeat.
    """
    rows = DeadLetter.objects.filter(kind=kind, source_id=source_id, status__in=UNDEALT)
    taken = _in_hand.get()
    letter = (rows if taken is None else rows.exclude(pk=taken)).first()
    return letter is not None and close(letter, LetterStatus.REDRIVEN, by=by, reason=reason)


@contextmanager
def in_hand(letter: DeadLetter) -> Iterator[None]:
    """The letter is being redriven: it is closed by that, and not by `settled` inside."""
    token = _in_hand.set(letter.pk)
    try:
        yield
    finally:
        _in_hand.reset(token)


def close(letter: DeadLetter, status: LetterStatus, *, by: str, reason: str) -> bool:
    """Deal with a letter, by compare-and-set; False where somebody has. Audited in its workspace, if it has one."""
    now = timezone.now()
    changed = DeadLetter.objects.filter(pk=letter.pk, status__in=UNDEALT).update(
        status=status, reason=reason[:MAX_MESSAGE], resolved_by=by[:200], resolved_at=now, redrive_at=None
    )
    if changed:
        record(letter, f"dead_letter.{status.value}", by=by, reason=reason)
    return bool(changed)


def record(letter: DeadLetter, action: str, *, by: str, reason: str) -> None:
    """Audit what was done about a letter. One without a workspace has the log, and its own columns."""
    log.info(action, letter_id=str(letter.pk), kind=letter.kind, source_id=str(letter.source_id), by=by)
    if letter.workspace_id is not None:
        about = {"kind": str(letter.kind), "source": str(letter.source_id), "code": letter.code}
        with tenancy.scope(letter.workspace_id):
            audit.record(
                action, by=by, target="dead_letter", target_id=letter.pk, reason=reason[:MAX_MESSAGE], before=about
            )
