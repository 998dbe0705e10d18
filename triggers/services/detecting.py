"""Let triggers that count decide which of the events that they are met by fires. What they count is rows.

What is counted is stored in the transaction that decides on the event: both or neither, and so each event once.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from core import tenancy
from core.documents import UNSTORABLE
from core.expressions import templates
from core.expressions.scope import Scope
from core.expressions.templates import TemplateError
from triggers.engine.detectors.base import Detector, Step
from triggers.engine.matcher import MAX_SECONDS, Listener
from triggers.models import Event, TriggerState
from triggers.ports import Admission, Verdict

Json = dict[str, Any]
Key = tuple[UUID, str]

KEPT_LONGER = timedelta(minutes=10)  # than the detector asks for: events are decided late, and clocks differ
BATCH = 1_000
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
        row, detector = rows[found[0]], _detector(each)
        step = stepped(detector, row.state, each)
        kept = timedelta(seconds=detector.kept_seconds) + KEPT_LONGER
        row.state, row.expires_at = step.state, max(row.expires_at, each.event.received_at + kept)
        answers.append(held(detector, step))
    TriggerState.objects.bulk_update(rows.values(), ["state", "expires_at"])
    return answers


def stepped(detector: Detector, state: Json, asked: Asked) -> Step:
    """What the detector makes of the event."""
    return detector.step(state, at=_microseconds(asked.event.received_at), value=detector.read(asked.scope))


def held(detector: Detector, step: Step) -> Admission:
    """Whether it fires, and why, or not."""
    return Admission(Verdict.FIRED if step.fires else Verdict.SUPPRESSED, code=detector.kind, reason=step.told)


def key_of(asked: Asked) -> tuple[Key, str]:
    """The key of what is counted, and its text. Raises `TemplateError`."""
    detector = _detector(asked)
    text = ""
    if detector.key:
        with templates.within(MAX_SECONDS):
            value = templates.compile(detector.key).render(asked.scope)
        text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    digest = hashlib.blake2b(repr(detector).encode(), digest_size=16)
    digest.update(text.encode(errors="surrogatepass"))
    return (asked.listener.trigger_id, digest.hexdigest()), UNSTORABLE.sub("\ufffd", text)[:MAX_LABEL]


def forget_over() -> int:
    """Delete states that nothing depends on any more, of all workspaces; returns how many."""
    with tenancy.unscoped("one sweep serves all workspaces"):
        over = TriggerState.objects.filter(expires_at__lt=timezone.now()).order_by("expires_at").values("pk")
        return TriggerState.objects.filter(pk__in=over.select_for_update(skip_locked=True)[:BATCH]).delete()[0]


def _detector(asked: Asked) -> Detector:
    if asked.listener.detector is None:
        raise ValueError("only triggers that count are asked")
    return asked.listener.detector


def _keyed(asked: Asked) -> tuple[Key, str] | Admission | None:
    if asked.listener.detector is None:
        return None
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


def _microseconds(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000 + at.microsecond
