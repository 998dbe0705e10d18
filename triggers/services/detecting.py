"""Let triggers that count decide which of the events that they are met by fires. What they count is rows.

What is counted is stored in the transaction that decides on the event: both or neither, and so each event once.
"""

import hashlib
import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from core import tenancy
from core.documents import UNSTORABLE
from core.expressions import templates
from core.expressions.scope import Scope
from core.expressions.templates import TemplateError
from triggers.engine import alarms
from triggers.engine.detectors.base import SECOND, Detector, Step
from triggers.engine.matcher import MAX_SECONDS, Listener
from triggers.models import Event, TriggerState
from triggers.ports import Admission, Verdict
from triggers.services import gaps

Json = dict[str, Any]
Key = tuple[UUID, str]

KEPT_LONGER = timedelta(minutes=10)  # than the detector asks for: events are decided late, and clocks differ
GRACE = timedelta(seconds=2)  # after a clock ran out: until then, what came before may not be committed yet
BATCH = 1_000
BUDGET_SECONDS = 10.0  # of one time to forget, of which there is one a minute
MAX_LABEL = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """An event that meets what a trigger asks for, and that it is to count."""

    listener: Listener
    event: Event
    scope: Scope


def ask(asked: Sequence[Asked]) -> list[Admission | None]:
    """For each, in order, whether it fires and why, or not; None for those without a detector, which do.

    Concurrency: the states are made and locked in one order, before what the gate counts.
    """
    keyed = [_keyed(each) for each in asked]
    rows = _locked({key: label for found in keyed if isinstance(found, tuple) for key, label in [found]})
    answers: list[Admission | None] = []
    for each, found in zip(asked, keyed, strict=True):
        if not isinstance(found, tuple):
            answers.append(found)
            continue
        answers.append(_counted(rows[found[0]], each))
    save(rows.values())
    return answers


def save(rows: Collection[TriggerState]) -> None:
    """Write what was counted, and when it is to be looked at. Written out, as where schedules move: `bulk_update` takes
    ten times as long for two hundred."""
    if not rows:
        return
    columns: list[Any] = [
        [row.pk for row in rows],
        [json.dumps(row.state) for row in rows],
        [row.expires_at for row in rows],
        [row.due_at for row in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, columns)


_SAVE = """UPDATE triggers_triggerstate AS row
SET state = new.state::jsonb, expires_at = new.expires_at, due_at = new.due_at
FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[], %s::timestamptz[]) AS new (id, state, expires_at, due_at)
WHERE row.id = new.id"""


def tried(asked: Asked) -> Admission:
    """Whether an event would fire by what was counted up to now, and why, or not. Nothing is stored."""
    found = _keyed(asked)
    if isinstance(found, Admission):
        return found
    row = None if found is None else TriggerState.objects.filter(trigger=found[0][0], key=found[0][1]).first()
    return _counted(row or TriggerState(expires_at=asked.event.received_at), asked)


def _counted(row: TriggerState, asked: Asked) -> Admission:
    """Whether the event fires, and why, or not; the row is as it is after it, or as it was if that cannot be said."""
    detector, state = _detector(asked), row.state
    own = alarms.timed(detector)
    if own is not None and (gap := gaps.before(asked.listener.subscription_id)) is not None:
        state = own.forget(state, until=microseconds(gap)).state
    try:
        step = stepped(detector, state, asked)
    except Exception as error:  # noqa: BLE001  an operator of a plugin; it must not stop the others
        return Admission(Verdict.FAILED, code=detector.kind, reason=f"{type(error).__name__}: {error}"[:500])
    kept = timedelta(seconds=detector.kept_seconds) + KEPT_LONGER
    row.state, row.expires_at = step.state, max(row.expires_at, asked.event.received_at + kept)
    row.due_at = None if step.due is None else instant(step.due) + GRACE
    return held(detector, step)


def stepped(detector: Detector, state: Json, asked: Asked) -> Step:
    """What the detector makes of the event. Raises whatever an operator of a condition does."""
    with templates.within(MAX_SECONDS):
        value = detector.read(asked.scope)
    return detector.step(state, at=microseconds(asked.event.received_at), value=value)


def held(detector: Detector, step: Step) -> Admission:
    """Whether it fires, and why, or not."""
    return Admission(Verdict.FIRED if step.fires else Verdict.SUPPRESSED, code=detector.kind, reason=step.told)


def key_of(asked: Asked) -> tuple[Key, str]:
    """The key of what is counted, and its text; it begins as `digest_of` says. Raises `TemplateError`."""
    detector = _detector(asked)
    text = ""
    if detector.key:
        with templates.within(MAX_SECONDS):
            value = templates.compile(detector.key).render(asked.scope)
        text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()
    return (asked.listener.trigger_id, digest_of(detector) + digest), UNSTORABLE.sub("\ufffd", text)[:MAX_LABEL]


def digest_of(detector: Detector) -> str:
    """What the keys of all that it counts begin with: another one, or other parameters of it, begin anew."""
    return hashlib.blake2b(repr(detector).encode(), digest_size=8).hexdigest()


def alarm_id(trigger_id: UUID, key: str, since: int) -> str:
    """The id of the event that says that the clock which began then ran out: the same one whoever notices it."""
    return f"{trigger_id}/{key}/{since}"


def forget_over(*, budget_seconds: float = BUDGET_SECONDS) -> int:
    """Delete states that nothing depends on any more, of all workspaces; returns how many. A clock may still run.

    Keys are the senders', and may be new ones with every event: what is left when the budget is spent grows.
    """
    deadline, total = time.monotonic() + budget_seconds, 0
    while True:
        gone = _forget_batch()
        total += gone
        if gone < BATCH or time.monotonic() > deadline:
            return total


def _forget_batch() -> int:
    with tenancy.unscoped("one sweep serves all workspaces"):
        over = (
            TriggerState.objects.filter(expires_at__lt=timezone.now(), due_at=None).order_by("expires_at").values("pk")
        )
        return TriggerState.objects.filter(pk__in=over.select_for_update(skip_locked=True)[:BATCH]).delete()[0]


def _detector(asked: Asked) -> Detector:
    if asked.listener.detector is None:
        raise ValueError("only triggers that count are asked")
    return asked.listener.detector


def _keyed(asked: Asked) -> tuple[Key, str] | Admission | None:
    detector = asked.listener.detector
    if detector is None:
        return None
    if alarms.is_alarm(asked.event.type, is_public=asked.event.is_public):
        if asked.event.event_id.startswith(f"{asked.listener.trigger_id}/{digest_of(detector)}"):
            return None
        return Admission(Verdict.SUPPRESSED, code=detector.kind, reason="by now the trigger waits for something else")
    try:
        return key_of(asked)
    except TemplateError as error:
        return Admission(Verdict.FAILED, code="key", reason=f"the key of what it counts: {error.detail}"[:500])


def _locked(wanted: Mapping[Key, str]) -> dict[Key, TriggerState]:
    if not wanted:
        return {}
    now, workspace_id = timezone.now(), tenancy.current_workspace_id()
    TriggerState.objects.bulk_create(
        (
            TriggerState(
                workspace_id=workspace_id, trigger_id=trigger, key=key, label=wanted[trigger, key], expires_at=now
            )
            for trigger, key in sorted(wanted)
        ),
        ignore_conflicts=True,
    )
    rows = TriggerState.objects.filter(
        trigger_id__in={trigger for trigger, _ in wanted}, key__in={key for _, key in wanted}
    )
    locked = rows.order_by("trigger_id", "key").select_for_update(no_key=True)
    found = {(row.trigger_id, row.key): row for row in locked}
    if missing := wanted.keys() - found.keys():  # the sweep deleted it in this moment
        return found | _locked({key: wanted[key] for key in missing})
    return {key: found[key] for key in wanted}


def microseconds(at: datetime) -> int:
    """An instant as detectors know it."""
    return int(at.timestamp()) * SECOND + at.microsecond


def instant(at: int) -> datetime:
    """The same as a datetime."""
    return datetime.fromtimestamp(at // SECOND, UTC) + timedelta(microseconds=at % SECOND)
