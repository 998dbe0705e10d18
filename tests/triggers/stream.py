"""A random stream of events through workflows that are edited meanwhile, and an account of it that must add up.

What should fire is said by an oracle of its own: every definition that is active, compiled anew and evaluated in full,
without an index, a cache or anything that was stored.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core import batches, tenancy
from core.expressions import conditions
from core.expressions.conditions import Condition
from core.models import Workspace
from tests import factories
from triggers.engine import patterns
from triggers.engine.incoming import IncomingEvent
from triggers.models import Decision, Event, Firing, Subscription
from triggers.services import explaining, ingest, matching, snapshots
from workflows.models import Workflow
from workflows.services import workflows

Json = dict[str, Any]

TYPES = ("lead.created", "lead.closed", "deal.won", "deal.stage.changed", "ping")
PATTERNS = (*TYPES, "lead.*", "deal.**", "**", "lead.created", "lead.created")
COUNTRIES = ("NL", "DE", "FR", None, 5)
TOO_DEEP = 11


@dataclass
class Stream:
    """A workspace with workflows, and what should have become of the events that were sent."""

    workspace: Workspace
    chance: random.Random
    rules: dict[UUID, tuple[str, Condition]] = field(default_factory=dict)  # of what is active
    expected: dict[UUID, frozenset[UUID]] = field(default_factory=dict)  # event: workflows that are met
    workflows: list[Workflow] = field(default_factory=list)

    def begin(self, *, number: int) -> None:
        for position in range(number):
            self.workflows.append(workflows.create(self._definition(f"W{position}")))
            self._publish(self.workflows[-1])

    def send(self, *, number: int) -> None:
        """Send events and let them be decided, as they come: some together, some twice."""
        sent = ingest.accept_many([self._incoming() for _ in range(number)], workspace=self.workspace)
        events = [each.event for each in sent]
        for event in events:
            self.expected[event.pk] = frozenset(
                id_ for id_, (pattern, rule) in self.rules.items() if self._is_met(pattern, rule, event)
            )
        for some in batches.of([event.pk for event in events], self.chance.randint(1, 100)):
            matching.match_many(some)
        matching.match(events[0].pk)

    def edit(self) -> None:
        """Publish another definition of a workflow, pause or resume one, or change what the workspace says."""
        workflow, what = self.chance.choice(self.workflows), self.chance.random()
        workflow.refresh_from_db()
        if what < 0.4:
            self._publish(workflows.update(workflow, self._definition(workflow.name)))
        elif what < 0.6:
            workflows.pause(workflow)
            self.rules.pop(workflow.pk, None)
        elif what < 0.8:
            self._publish(workflow)
        else:
            self.workspace.settings = {"plan": self.chance.choice(["free", "gold"])}
            self.workspace.save()

    def _publish(self, workflow: Workflow) -> None:
        workflows.publish(workflow, published_by="test")
        draft = workflow.draft
        trigger = draft["triggers"][0]
        rule = conditions.all_of(
            conditions.compile_filters(trigger["filters"]), conditions.compile(draft["conditions"])
        )
        self.rules[workflow.pk] = (trigger["type"], rule)

    def _is_met(self, pattern: str, rule: Condition, event: Event) -> bool:
        scope = snapshots.scope_of(event, snapshots.state_of(self.workspace), now=event.received_at)
        return patterns.matches(pattern, event.type) and rule.evaluate(scope).holds

    def _definition(self, name: str) -> Json:
        choice = self.chance.choice
        compared = [
            {"field": "score", "operator": choice(["gt", "lte", "ne"]), "value": self.chance.randint(0, 9)},
            {"field": "workspace.plan", "operator": choice(["eq", "ne"]), "value": "gold"},
            {"field": "tags", "operator": "contains", "value": choice("abc")},
            {"jsonlogic": {">": [{"var": "score"}, self.chance.randint(0, 9)]}},
        ]
        wanted = [{choice(["or", "and"]): self.chance.sample(compared, 2)}, {"not": choice(compared)}]
        return factories.definition(
            name=name,
            trigger={"type": choice(PATTERNS), "filters": {"country": choice(COUNTRIES)}},
            conditions=self.chance.sample(wanted, self.chance.randint(0, 2)),
        )

    def _incoming(self) -> IncomingEvent:
        data: Json = {"country": self.chance.choice(COUNTRIES), "tags": self.chance.sample("abcd", 2)}
        if self.chance.random() < 0.9:
            data["score"] = self.chance.choice([*range(10), "7", "high"])
        return IncomingEvent(
            type=self.chance.choice(TYPES), data=data, depth=TOO_DEEP if self.chance.random() < 0.02 else 0
        )


def account_for(stream: Stream) -> Counter[str]:
    """Explain every decision of the stream and compare it with what was stored and with the oracle.

    Returns how often each verdict was given, and the `candidates` of all. Raises AssertionError where two differ.
    """
    totals: Counter[str] = Counter()
    for ids in batches.of(list(stream.expected), 1000):
        for event in Event.objects.select_related("workspace").filter(pk__in=ids):
            verdicts = _explained(event)
            stored = event.decision
            assert stored is not None
            assert stored["candidates"] == len(verdicts)
            met = {workflow for workflow, (_, verdict) in verdicts.items() if verdict in {"fired", "suppressed"}}
            assert met == stream.expected[event.pk]
            of_event = Counter(verdict for _, verdict in verdicts.values())
            assert {name: of_event[name] for name in ("fired", "suppressed", "failed")} == {
                name: stored[name] for name in ("fired", "suppressed", "failed")
            }
            totals += of_event
            totals["candidates"] += stored["candidates"]
    assert totals["fired"] == Firing.objects.count()
    assert totals["suppressed"] == Decision.objects.count()
    return totals


def _explained(event: Event) -> dict[UUID, tuple[UUID, str]]:
    """The verdict of every candidate, judged anew and compared with what was stored of it."""
    scope = snapshots.scope_then(event)
    near = dict((event.decision or {})["near"])
    verdicts: dict[UUID, tuple[UUID, str]] = {}
    fired = set(Firing.objects.filter(event=event).values_list("trigger_id", flat=True))
    exceptions = dict(Decision.objects.filter(event=event).values_list("trigger_id", "verdict"))
    for row in explaining.candidates(event):
        judged = explaining.judge(row.trigger, version=1, filters=row.filters, conditions=row.conditions, scope=scope)
        stored = "fired" if row.trigger_id in fired else exceptions.get(row.trigger_id, "not_matched")
        assert judged.verdict == ("fired" if stored == "suppressed" else stored)
        leaves = near.pop(str(row.pk), None)
        assert leaves is None or (judged.evaluation is not None and judged.evaluation.leaves == leaves)
        verdicts[row.workflow_id] = (row.pk, stored)
    assert near == {}
    return verdicts


def subscriptions_of(stream: Stream) -> int:
    """How many subscriptions there were, to show that the stream was edited."""
    with tenancy.scope(stream.workspace.pk):
        return Subscription.objects.count()
