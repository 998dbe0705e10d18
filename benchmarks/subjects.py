"""What is compared: runs of actions that do nothing, in both modes of delivery, and bare Celery chains as long."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from celery import chain
from django.test import override_settings

from benchmarks import counters
from benchmarks.tasks import nothing
from core import tenancy
from core.ids import new_id
from core.models import Workspace
from tests import broker, factories
from triggers.services import matching
from workflows.models import ActionAttempt, ActionRun, Run


class Batch(Protocol):
    """Work that was published, before any worker runs."""

    def done(self) -> int:
        """How many actions are done."""

    def check(self) -> None:
        """Fail unless everything was done exactly once."""


class Subject(Protocol):
    """One side of the comparison."""

    @property
    def name(self) -> str: ...

    @property
    def environment(self) -> Mapping[str, str]:
        """What the worker is told."""

    def publish(self, *, length: int, runs: int) -> Batch:
        """Publish so many runs, or chains, of so many actions, or tasks."""


@dataclass(frozen=True)
class Sequitur:
    """Runs started by events: the engine as it is."""

    name: str
    environment: Mapping[str, str]

    def publish(self, *, length: int, runs: int) -> "Runs":
        """A workspace of its own for each batch. The messages about its events, which are matched here, are dropped."""
        workspace = factories.WorkspaceFactory.create()
        actions = [factories.log_event("x") for _ in range(length)]
        factories.published(workspace, factories.definition(*actions))
        since = new_id()
        with override_settings(SEQUITUR_FAIR_WINDOW=0):
            for _ in range(runs):
                matching.match(factories.event(workspace).pk)
        broker.connect().delete("events")
        return Runs(workspace, length, runs, since)


@dataclass(frozen=True)
class Runs:
    """Runs of one workspace."""

    workspace: Workspace
    length: int
    runs: int
    since: UUID

    def done(self) -> int:
        with tenancy.scope(self.workspace.pk):
            return ActionAttempt.objects.filter(pk__gt=self.since).count()

    def check(self) -> None:
        """The ledger: every run and every action completed, each action by one attempt, and nothing else is there."""
        total = self.runs * self.length
        with tenancy.scope(self.workspace.pk):
            assert list(Run.objects.values_list("status", flat=True)) == ["completed"] * self.runs
            actions = ActionRun.objects.values_list("pk", "status", "attempt")
            attempts = ActionAttempt.objects.values_list("action_run", "number", "outcome")
            assert {(status, attempt) for _, status, attempt in actions} == {("completed", 1)}
            assert {(number, outcome) for _, number, outcome in attempts} == {(1, "completed")}
            assert len(attempts) == len(actions) == total
            assert {pk for pk, _, _ in actions} == {action_run for action_run, _, _ in attempts}


@dataclass(frozen=True)
class BareCelery:
    """Chains of tasks that do nothing: what Celery costs by itself."""

    name: str = "bare"
    environment: Mapping[str, str] = field(default_factory=dict)

    def publish(self, *, length: int, runs: int) -> "Chains":
        before = counters.acked()
        for _ in range(runs):
            chain(*[nothing.si().set(queue="actions") for _ in range(length)]).apply_async()
        return Chains(length, runs, before)


@dataclass(frozen=True)
class Chains:
    """Chains of bare tasks. Celery keeps nothing of them, so the broker's own count is the ledger."""

    length: int
    runs: int
    before: int

    def done(self) -> int:
        return counters.acked() - self.before

    def check(self) -> None:
        assert self.done() == self.runs * self.length


# Without windows, everything is published before the clock runs, as for bare Celery. `fairness.py` has what they cost.
STRICT = Sequitur("strict", {"RUN_FAST_FORWARD": "false", "SEQUITUR_FAIR_WINDOW": "0"})
FAST_FORWARD = Sequitur("fast-forward", {"RUN_FAST_FORWARD": "true", "SEQUITUR_FAIR_WINDOW": "0"})
BARE = BareCelery()
