"""All that listens in a workspace, compiled: which of it an event starts, and who came close."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

import structlog

from core.expressions import templates
from core.expressions.conditions.tree import Node
from core.expressions.scope import Scope
from triggers.engine import patterns
from triggers.engine.alarms import is_alarm, timed
from triggers.engine.detectors.base import Detector
from triggers.engine.index import Index

log = structlog.get_logger(__name__)

MAX_SECONDS = 0.5  # for the templates of one trigger, of one who waits, or of all that came close
MAX_NEAR = 20  # of those that were evaluated and did not fire, kept with the decision


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """A subscription, ready to be asked. `root` is its condition, None when it cannot be read: `flaw` says why.

    `detector` counts the events for which it holds, and says which of them fires; None: each does.
    """

    subscription_id: UUID
    trigger_id: UUID
    workflow_id: UUID
    version_id: UUID
    key: str
    event_type: str
    root: Node | None
    flaw: str = ""
    detector: Detector | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """What was decided: who is met, who could not be evaluated and why, and some of those that were not met.

    `candidates` counts all who listen, also those that the index passed over; `is_addressed` says that one of them does
    so only because the event is addressed to it.
    """

    candidates: int
    is_addressed: bool = False
    met: list[Listener] = field(default_factory=list)
    failed: list[tuple[Listener, str]] = field(default_factory=list)
    near: list[Listener] = field(default_factory=list)


class Matcher:
    """The listeners of a workspace at one generation of its catalogue. Not for two threads at once."""

    def __init__(self, generation: int) -> None:
        self.generation = generation
        self._listeners: dict[UUID, Listener] = {}
        self._by_trigger: dict[UUID, Listener] = {}
        self._by_type: dict[str, Index[Listener]] = {}  # wild types too
        self._wild: set[str] = set()

    def __len__(self) -> int:
        return len(self._listeners)

    def add(self, listener: Listener) -> None:
        """Let it listen. Does nothing when it does already."""
        if listener.subscription_id in self._listeners:
            return
        self._listeners[listener.subscription_id] = self._by_trigger[listener.trigger_id] = listener
        if listener.event_type:
            self._by_type.setdefault(listener.event_type, Index()).add(listener)
            if patterns.is_wild(listener.event_type):
                self._wild.add(listener.event_type)

    def remove(self, subscription_id: UUID) -> None:
        """Let it listen no more. Does nothing when it does not."""
        listener = self._listeners.pop(subscription_id, None)
        if listener is None:
            return
        if self._by_trigger.get(listener.trigger_id) is listener:
            del self._by_trigger[listener.trigger_id]
        if listener.event_type:
            index = self._by_type[listener.event_type]
            index.remove(listener)
            if not len(index):
                del self._by_type[listener.event_type]
                self._wild.discard(listener.event_type)

    def match(self, event_type: str, scope: Scope, *, addressee: UUID | None = None, is_public: bool = True) -> Matched:
        """Decide on an event. Met listeners come in the order of their triggers' ids, for locks.

        Conditions are for events that are counted: an alarm meets the trigger that it is for.
        """
        indexes = list(self._indexes(event_type)) if is_public else []
        own = None if addressee is None else self._by_trigger.get(addressee)
        is_apart = own is not None and not (is_public and _listens(own, event_type))
        matched = Matched(sum(map(len, indexes)) + is_apart, is_apart)
        if own is not None and is_alarm(event_type, is_public=is_public):
            (matched.met if timed(own.detector) else matched.near).append(own)  # by another type, it was changed since
            return matched
        asked: Iterable[Listener] = chain.from_iterable(_candidates(index, scope) for index in indexes)
        for listener in chain([own] if own is not None and is_apart else (), asked):
            _decide(listener, scope, matched)
        matched.met.sort(key=lambda each: each.trigger_id)
        return matched

    def _indexes(self, event_type: str) -> Iterator[Index[Listener]]:
        if event_type in self._by_type:
            yield self._by_type[event_type]
        for pattern in self._wild:
            if patterns.matches(pattern, event_type):
                yield self._by_type[pattern]


def _candidates(index: Index[Listener], scope: Scope) -> Iterable[Listener]:
    """Those whom the index finds; everybody, when it stumbles over a value that nobody thought of."""
    try:
        return index.candidates(scope)
    except Exception:
        log.exception("an event cannot be looked up; all who listen to it are asked")
        return index.entries()


def _listens(listener: Listener, event_type: str) -> bool:
    return bool(listener.event_type) and patterns.matches(listener.event_type, event_type)


def _decide(listener: Listener, scope: Scope, matched: Matched) -> None:
    if listener.root is None:
        matched.failed.append((listener, listener.flaw))
        return
    try:
        with templates.within(MAX_SECONDS):
            holds = listener.root.decide(scope)
    except Exception as error:  # noqa: BLE001  a plugin's operator; it must not stop the others
        matched.failed.append((listener, f"{type(error).__name__}: {error}"[:500]))
        return
    if holds:
        matched.met.append(listener)
    elif len(matched.near) < MAX_NEAR:
        matched.near.append(listener)


def leaves(listeners: Iterable[Listener], scope: Scope) -> Iterator[tuple[Listener, str]]:
    """The results of all comparisons (`Evaluation.leaves`) of those that were not met, also of what decided nothing.

    So it may find what `match` passed over: a slow template, for which all have `MAX_SECONDS` together, or an operator
    with a fault, whose listener has "".
    """
    with templates.within(MAX_SECONDS):
        for listener in listeners:
            try:
                told = listener.root.evaluate(scope, explain=True).leaves if listener.root is not None else ""
            except Exception:  # noqa: BLE001  as in `_decide`
                told = ""
            yield listener, told
