"""Say why a workflow started for an event or did not, and what a draft of it would do."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from core.errors import InvalidError
from core.expressions.scope import Scope
from triggers import ports, resolving
from triggers.engine.matcher import Listener
from triggers.models import Event, Trigger
from triggers.services import detecting, explaining, patterns, snapshots
from triggers.services.detecting import Asked
from triggers.services.explaining import Account
from triggers.services.patterns import Heard
from workflows.definitions.document import Definition
from workflows.engine.states import WorkflowStatus
from workflows.models import Workflow
from workflows.selectors.events import Verdict
from workflows.services import workflows
from workflows.services.imagining import NOBODY

Json = dict[str, Any]


def told(workflow: Workflow, events: Iterable[Event], *, verdict: Verdict | None = None) -> dict[UUID, list[Account]]:
    """What became of each decided event at the triggers of a workflow, those with this verdict only."""
    found = explaining.of_workflow(workflow.pk, events)
    if verdict in {None, Verdict.NO}:
        return found
    return {pk: [each for each in accounts if each.verdict == verdict] for pk, accounts in found.items()}


def rehearse(
    workflow: Workflow, event: Event, *, of_draft: bool, now: datetime, addressed_to: str = ""
) -> Iterator[Account]:
    """What the triggers of the active version, or of the draft, would do with an event that may never have happened.

    `addressed_to` is the key of the trigger that the event is for, as if its webhook or its schedule had made it.
    Raises `InvalidError` for a draft with problems, and for a workflow that was never published.
    """
    version = None if of_draft else workflow.active_version
    if version is None and not of_draft:
        raise InvalidError('The workflow was never published; ask for its draft with `"draft": true`.')
    if of_draft and (problems := workflows.problems(workflow)):
        raise InvalidError(f"The draft has {len(problems)} problem(s).", problems=problems)
    definition = Definition.model_validate(workflow.draft if version is None else version.definition)
    number = None if version is None else version.number
    return judged(workflow, definition, event, number=number, now=now, addressed_to=addressed_to, is_counted=True)


def judged(
    workflow: Workflow,
    definition: Definition,
    event: Event,
    *,
    number: int | None,
    now: datetime,
    addressed_to: str = "",
    is_counted: bool = False,
) -> Iterator[Account]:
    """What the triggers of a checked definition would do with an event; without a `number` it is seen as if it were
    published. Those that count say what it would come to now if it `is_counted`; else, so that the answer is the same
    each time, only whether it is one that they count. Raises `InvalidError` when it has no trigger `addressed_to`.
    """
    scope = snapshots.scope_of(event, snapshots.state_of(event.workspace), now=now)
    known = {row.key: row for row in Trigger.objects.filter(workflow=workflow)}
    specs = workflows.triggers_of(definition)
    if addressed_to and addressed_to not in {spec.key for spec in specs}:
        raise InvalidError(f"There is no trigger {addressed_to!r}; there are {', '.join(spec.key for spec in specs)}.")
    for spec, says in zip(specs, patterns.heard(specs), strict=True):
        own = known.get(spec.key)
        # The id that events of its own are addressed to; a trigger that was never published has none yet.
        trigger = Trigger(
            id=own.pk if own else None, workflow=workflow, key=spec.key, type=spec.type, event_type=says.event_type
        )
        reason = "" if spec.key == addressed_to else explaining.not_for(event, trigger, says.detector)
        own_event = None if reason else explaining.of_alarm(event, trigger, version=number, detector=says.detector)
        found = own_event or _rehearsed(says, trigger, scope, reason, version=number)
        is_on = spec.is_enabled if number is None or own is None else own.is_enabled
        if says.detector and own_event is None and found.verdict == explaining.FIRED:
            told = "Filters and conditions hold: the event is counted with those before it."
            found = _counted(found, says, event, scope) if is_counted else replace(found, reason=told)
        asleep = "" if reason else _asleep(workflow, is_on=is_on, of_draft=number is None) or _unless_on(says)
        yield replace(found, verdict=explaining.NOT_LISTENING, reason=asleep) if asleep else found


def _unless_on(says: Heard) -> str:
    return "" if says.is_on else "The pattern that it names is switched off."


def _rehearsed(says: Heard, trigger: Trigger, scope: Any, reason: str, *, version: int | None) -> Account:
    if reason:
        return Account(trigger, version, explaining.NOT_LISTENING, reason)
    return explaining.judge(
        trigger,
        version=version,
        filters=says.filters,
        conditions=says.conditions,
        scope=scope,
    )


def _counted(found: Account, says: Heard, event: Event, scope: Scope) -> Account:
    """What a trigger that counts would say of an event that it is met by, with what it has counted up to now."""
    trigger = found.trigger
    pk: UUID | None = trigger.pk  # none yet, of one that was never published
    own = NOBODY if pk is None else pk
    listener = Listener(
        NOBODY, own, trigger.workflow_id, NOBODY, trigger.key, says.event_type, None,
        detector=resolving.detector_of(says.detector),
    )  # fmt: skip
    told = detecting.tried(Asked(listener, event, scope))
    if told.verdict is ports.Verdict.FIRED:
        return replace(found, reason=f"{found.reason.rstrip('.')}: {told.reason}.")
    return replace(found, verdict=told.verdict.value, code=told.code, reason=told.reason)


def _asleep(workflow: Workflow, *, is_on: bool, of_draft: bool) -> str:
    """Why a trigger listens to nothing at present; empty when it does. A draft is seen as if it were published."""
    if not of_draft and workflow.status == WorkflowStatus.PAUSED:
        return "The workflow is paused."
    return "" if is_on else "The trigger is switched off."
