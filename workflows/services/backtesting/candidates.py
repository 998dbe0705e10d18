"""The triggers of a definition, ready to be asked about events, as if they had listened all the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from core.expressions.scope import Scope
from core.ids import new_id
from triggers import resolving
from triggers.engine.matcher import Listener, Matched, Matcher
from triggers.models import Event, Trigger
from triggers.services import explaining, patterns, query_watches, subscriptions
from triggers.services.explaining import Account
from triggers.services.patterns import Heard
from workflows.models import Workflow
from workflows.services import workflows
from workflows.services.imagining import NOBODY
from workflows.services.rehearsal.preparing import Subject


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trigger that is on, as it would be published, and what it listens to."""

    trigger: Trigger
    heard: Heard
    number: int | None

    def account(self, event: Event, scope: Scope) -> Account:
        """What it would do with an event, with every predicate."""
        if reason := explaining.not_for(event, self.trigger, self.heard.detector):
            return Account(self.trigger, self.number, explaining.NOT_LISTENING, reason)
        says = self.heard
        own = explaining.of_alarm(event, self.trigger, version=self.number, detector=says.detector)
        return own or explaining.judge(
            self.trigger, version=self.number, filters=says.filters, conditions=says.conditions, scope=scope
        )


class Candidates:
    """All of them, found by what events hold, as when they really listen."""

    def __init__(self, workflow: Workflow, subject: Subject) -> None:
        specs = workflows.triggers_of(subject.published.definition)
        known = {row.key: row.pk for row in Trigger.objects.filter(workflow=workflow)}
        self.by_trigger: dict[UUID, Candidate] = {}
        self.asks = any(query_watches.queries(specs))
        self._matcher = Matcher(0)
        for spec, says in zip(specs, patterns.heard(specs), strict=True):
            if spec.is_enabled and says.is_on:
                trigger = Trigger(
                    id=known.get(spec.key) or new_id(),  # the one that events of its own are addressed to
                    workflow=workflow,
                    key=spec.key,
                    type=spec.type,
                    event_type=says.event_type,
                )
                self.by_trigger[trigger.pk] = Candidate(trigger, says, subject.number)
                self._matcher.add(_listener(trigger, says))

    def match(self, event: Event, scope: Scope) -> Matched:
        """Which of them an event meets."""
        return self._matcher.match(event.type, scope, addressee=event.addressee, is_public=event.is_public)

    def of(self, trigger_id: UUID) -> Candidate:
        return self.by_trigger[trigger_id]

    @property
    def types(self) -> Sequence[str]:
        """What they listen to."""
        heard = (each.heard for each in self.by_trigger.values())
        return [type_ for each in heard for type_ in resolving.types_of(each.event_type, each.detector)]


def _listener(trigger: Trigger, says: Heard) -> Listener:
    root, flaw, counts = subscriptions.ready(dict(says.filters), says.conditions, says.detector)
    own = (new_id(), trigger.pk, trigger.workflow_id, NOBODY, trigger.key)
    return Listener(*own, says.event_type, root, flaw, counts)
