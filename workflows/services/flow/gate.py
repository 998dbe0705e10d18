"""Asks all controls, in one order, whether runs may start. What one of them refuses, the others do not count."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from core import tenancy
from core.expressions import templates
from core.expressions.templates import TemplateError
from core.models import Workspace
from triggers.models import Event
from triggers.ports import Admission, Verdict, Wish
from triggers.services import snapshots
from workflows.models import Gathering, Workflow
from workflows.services import versions
from workflows.services.flow import effective, states
from workflows.services.flow.control import Control
from workflows.services.flow.controls.batch import Batch
from workflows.services.flow.controls.ceiling import ConcurrencyCeiling
from workflows.services.flow.controls.circuit import CircuitControl
from workflows.services.flow.controls.concurrency import ConcurrencyLimit
from workflows.services.flow.controls.cooldown import Cooldown
from workflows.services.flow.controls.debounce import Debounce
from workflows.services.flow.controls.dedupe import Dedupe
from workflows.services.flow.controls.loops import Loops
from workflows.services.flow.controls.quota import Quota
from workflows.services.flow.controls.rates import RateCeiling, RateLimit
from workflows.services.flow.controls.throttle import Throttle
from workflows.services.flow.starts import HeldBackError, Origin, Place, Start
from workflows.services.flow.states import Key, State

# In this order. What gathers comes before all that counts: what it gathered is counted when it starts. Only what is
# wrong with an event whatever else happens comes before that, so that it does not take a whole batch with it. What lets
# runs wait comes last, and the lane before the throttle: a run that waits for room takes no place among the starts.
CONTROLS: tuple[Control, ...] = (
    Loops(),
    Debounce(),
    Batch(),
    CircuitControl(),
    Dedupe(),
    Cooldown(),
    RateLimit(),
    RateCeiling(),
    Quota(),
    ConcurrencyCeiling(),
    ConcurrencyLimit(),
    Throttle(),
)


def admit(wishes: Sequence[Wish], *, now: datetime) -> Sequence[Admission]:
    """What becomes of triggers that would fire (see `triggers.ports.Gate`)."""
    return ask([_of_wish(wish, now=now) for wish in wishes])


def ask(starts: Sequence[Start], *, also: Collection[Key] = ()) -> list[Admission]:
    """Whether these runs of the workspace in scope may start, one after the other; those that may are counted.

    Of one that may, `ticket` is its `Place`. `also` is locked with the rest.

    Concurrency: what is counted under the same keys waits for the end of this transaction, so ask once in it, and take
    the locks of runs before.
    """
    among = {control: {id(start) for start in control.among(starts)} for control in CONTROLS}
    asked = [_Asked(start, [each for each in CONTROLS if id(start) in among[each]]) for start in starts]
    locked = states.locked([*also, *(key for each in asked for _, key in each.keys)])
    involved = _involved(asked, locked)
    for control, own in involved.items():
        control.begin(own)
    result = [each.admission(locked) for each in asked]
    states.save(locked.values())
    for control, own in involved.items():
        control.end(own)
    return result


def _involved(asked: Sequence["_Asked"], locked: Mapping[Key, State]) -> Mapping[Control, Collection[State]]:
    """The controls that have something to say, in their order, each with its states."""
    keys: dict[Control, dict[Key, State]] = defaultdict(dict)
    for each in asked:
        for control, key in each.keys:
            keys[control][key] = locked[key]
    return {control: keys[control].values() for control in CONTROLS if control in keys}


def ask_one(start: Start) -> Place:
    """The place of a run that may start. Raises `HeldBackError` for one that may not."""
    admission = ask([start])[0]
    if admission.verdict is not Verdict.FIRED or not isinstance(admission.ticket, Place):
        raise HeldBackError(admission)
    return admission.ticket


def of_workflow(
    workflow: Workflow,
    event: Event,
    *,
    origin: Origin,
    now: datetime,
    version_id: UUID | None = None,
) -> Start:
    """A run of an active workflow that no trigger fires for, by its active version or by this one."""
    if workflow.active_version_id is None:
        raise ValueError("only active workflows are started")
    version_id = version_id or workflow.active_version_id
    return _of_version(version_id, event, origin=origin, now=now, trigger_key="")


def of_gathering(row: Gathering, event: Event, *, now: datetime) -> Start:
    """The run that a gathering becomes, for its last event or for the one that is made of all, with its version."""
    start = _of_version(row.version_id, event, origin=Origin.EVENT, now=now, trigger_key=row.trigger.key)
    return replace(start, trigger_id=row.trigger_id, is_gathered=True)


def _of_version(version_id: UUID, event: Event, *, origin: Origin, now: datetime, trigger_key: str) -> Start:
    published = versions.load(version_id)
    workspace = Workspace.objects.get(pk=tenancy.current_workspace_id())
    return Start(
        workflow_id=published.workflow_id,
        version_id=version_id,
        published=published,
        flow=effective.flow(published.definition.settings, workspace.flow),
        event=event,
        scope=lambda: snapshots.scope_of(event, snapshots.state_of(workspace), now=now),
        limits=workspace.limits,
        origin=origin,
        now=now,
        trigger_key=trigger_key,
    )


def _of_wish(wish: Wish, *, now: datetime) -> Start:
    if wish.trigger.version_id is None or wish.trigger.workflow_id is None:
        raise ValueError("a trigger that listens has a version")
    published = versions.load(wish.trigger.version_id)
    return Start(
        workflow_id=wish.trigger.workflow_id,
        version_id=wish.trigger.version_id,
        published=published,
        flow=effective.flow(published.definition.settings, wish.event.workspace.flow),
        event=wish.event,
        scope=lambda: wish.scope,
        limits=wish.event.workspace.limits,
        origin=Origin.EVENT,
        now=now,
        trigger_id=wish.trigger.pk,
        trigger_key=wish.trigger.key,
    )


def key_text(start: Start, written: str) -> str:
    """The text of a key with its templates filled in. Raises `TemplateError`."""
    if not templates.is_template(written):
        return written
    value = templates.compile(written).render(start.scope())
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return states.bounded(text)


@dataclass
class _Asked:
    """A start, with the keys under which its controls count it; `failure` says of one that could not be made."""

    start: Start
    controls: Sequence[Control]
    keys: list[tuple[Control, Key]] = field(default_factory=list)
    failure: Admission | None = None

    def __post_init__(self) -> None:
        try:
            self.keys += self._keys()
        except TemplateError as error:
            self.failure = Admission(Verdict.FAILED, code="key", reason=f"a key of flow control: {error.detail}")

    def _keys(self) -> Iterator[tuple[Control, Key]]:
        for control in self.controls:
            written = control.template(self.start)
            if written is not None:
                yield control, control.key(self.start, key_text(self.start, written))
                if control.gathers:
                    return

    def admission(self, locked: dict[Key, State]) -> Admission:
        if self.failure is not None:
            return self.failure
        place = Place()
        for control, key in self.keys:
            refusal = control.look(self.start, locked[key], place)
            if refusal is not None:
                return refusal
        for control, key in self.keys:
            control.take(self.start, locked[key])
        return Admission(ticket=place)
