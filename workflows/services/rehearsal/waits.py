"""What a wait is answered in test mode: what the test says, else what a past run came to, else the usual."""

from typing import Any
from uuid import uuid5

from core.expressions import conditions, templates
from core.expressions.scope import Scope
from triggers.context import event_names
from triggers.engine import patterns
from triggers.models import Event, EventType
from workflows.models import ActionRun
from workflows.services import imagining
from workflows.services.rehearsal.script import TIMEOUT, Script, Source
from workflows.types.base import Wait

Json = dict[str, Any]
Answer = tuple[Json, Source]  # what is added to the row's `progress`, and where it came from

BY = "test"
APPROVAL, EVENT = "approval", "event"
APPROVED = "approved"


def answered(row: ActionRun, step: Wait, script: Script, *, kind: str | None) -> Answer | None:
    """What arrives for a row that waits for a person or an event; None when nothing does, so that its time passes.

    A person who is not told about approves; an event that is not told about is of the type that is waited for, with the
    sample of that type. An event that does not meet the condition does not arrive.
    """
    if kind not in {APPROVAL, EVENT}:
        return None
    given = script.answer(row.key, row.iteration)
    source = Source.ANSWER
    if given is None:
        given, source = _recorded(row, script, kind=kind), Source.PAST_RUN
    if given is None:
        given, source = _usual(step, script, kind=kind), Source.ASSUMED
    if given == TIMEOUT:
        return None
    if kind == APPROVAL:
        decision = {"decision": given.get("decision"), "comment": given.get("comment") or "", "by": BY}
        return {"decision": {**decision, "by": given.get("by", BY)}}, source
    names = _event(given.get("event"), row, script)
    return ({"event": names}, source) if source is Source.ASSUMED or _meets(step, names) else None


def _recorded(row: ActionRun, script: Script, *, kind: str) -> Any:
    pin = script.recorded.get((row.key, row.iteration))
    if pin is None or pin.error is not None:
        return None
    if kind == APPROVAL:
        return pin.output if pin.output.get("decision") in {APPROVED, "rejected"} else TIMEOUT
    return pin.output if pin.output.get("event") else TIMEOUT


def _usual(step: Wait, script: Script, *, kind: str) -> Json:
    if kind == APPROVAL:
        return {"decision": APPROVED}
    type_ = step.listen.event_type if step.listen else ""
    known = EventType.objects.filter(name=type_).first() if not patterns.is_wild(type_) else None
    data = known.sample if known is not None and isinstance(known.sample, dict) else {}
    return {"event": {"type": type_.replace("*", "sample"), "data": data}}


def _event(given: Any, row: ActionRun, script: Script) -> Json:
    """The names of an event, given whole (as a past run has it) or in short form."""
    given = given if isinstance(given, dict) else {}
    event: Event = imagining.imagine(
        type_=str(given.get("type") or ""),
        data=given.get("data") if isinstance(given.get("data"), dict) else {},
        subject=str(given.get("subject") or ""),
        source=str(given.get("source") or ""),
        workspace=script.workspace,
        now=script.now,
    )
    event.id = uuid5(row.pk, EVENT)
    event.event_id = str(given.get("id") or event.id)
    return {**event_names(event), **{name: given[name] for name in ("uid", "time") if name in given}}


def _meets(step: Wait, names: Json) -> bool:
    """Whether an event is the one that is waited for."""
    if step.listen is None or not patterns.matches(step.listen.event_type, str(names["type"])):
        return False
    if step.listen.condition is None:
        return True
    data = names["data"]
    scope = Scope(names={"event": names}, fallback=data if isinstance(data, dict) else {})
    with templates.within():
        return conditions.compile(step.listen.condition).evaluate(scope).holds
