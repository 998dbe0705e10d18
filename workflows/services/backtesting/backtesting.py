"""Let a definition decide on the events that came, and compare it with what was really started."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from core.models import Workspace
from triggers.engine import alarms
from triggers.engine.matcher import Listener
from triggers.models import Event, Firing
from triggers.ports import Admission, Verdict
from triggers.services import explaining, snapshots
from triggers.services.detecting import Asked
from triggers.services.explaining import Account
from workflows.models import Workflow
from workflows.selectors import events as event_selectors
from workflows.services.backtesting import reading, simulating
from workflows.services.backtesting.candidates import Candidates
from workflows.services.backtesting.counting import Counting
from workflows.services.backtesting.reading import Window
from workflows.services.backtesting.simulating import Simulation
from workflows.services.flow import effective
from workflows.services.flow.starts import Origin, Start
from workflows.services.imagining import NOBODY
from workflows.services.rehearsal.preparing import Subject

MAX_EVENTS = 100_000
MAX_SECONDS = 20.0  # of the clock; who asks waits for it

Told = tuple[Event, Account]


@dataclass(frozen=True, slots=True)
class Differing:
    """Events with which it would have been otherwise: how many, and of the first what each side says of it."""

    count: int
    sample: list[tuple[Event, list[Account], list[Account]]]


@dataclass(slots=True)
class Backtest:
    """What it came to. Counts are of decisions, one for each event and trigger that it meets: `matched` is the sum of
    the other four. `scanned_until` is when the last event came that was looked at, or the end of the period.
    """

    events_seen: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    by_code: Counter[str] = field(default_factory=Counter)
    fired: list[Told] = field(default_factory=list)
    held: list[Told] = field(default_factory=list)
    is_complete: bool = True
    scanned_until: datetime | None = None
    not_simulated: list[str] = field(default_factory=list)
    same: int = 0
    would_and_did_not: Differing = field(default_factory=lambda: Differing(0, []))
    did_and_would_not: Differing = field(default_factory=lambda: Differing(0, []))


def run(
    workflow: Workflow,
    subject: Subject,
    window: Window,
    *,
    workspace: Workspace,
    sample: int,
    max_seconds: float = MAX_SECONDS,
) -> Backtest:
    """Go through the events of a period. It sees the workspace as it was when each was decided.

    Concurrency: it reads, in a transaction that can do nothing else, and stops after `max_seconds`.
    """
    with reading.nothing_written():
        return _Run(workflow, subject, window, workspace=workspace, sample=sample).run(max_seconds)


class _Run:
    def __init__(
        self, workflow: Workflow, subject: Subject, window: Window, *, workspace: Workspace, sample: int
    ) -> None:
        self.workflow, self.subject, self.window = workflow, subject, window
        self.workspace, self.sample = workspace, sample
        self.flow = effective.flow(subject.published.definition.settings, workspace.flow)
        self.candidates = Candidates(workflow, subject)
        self.simulation = Simulation(self._settle)
        left_out = simulating.left_out(self.flow, workspace.limits)
        self.found = Backtest(not_simulated=[*left_out, *(["sql"] if self.candidates.asks else [])])
        self.last: UUID | None = None
        self.counting = Counting(workspace)
        self.would: set[UUID] = set()
        self.did: set[UUID] = set()
        self.why_held: dict[UUID, Admission] = {}  # of what really fired

    def run(self, max_seconds: float) -> Backtest:
        ends_at = time.monotonic() + max_seconds
        wanted = event_selectors.listened_to(self.workflow.pk) | event_selectors.public_of(self.candidates.types)
        chunks = reading.chunks(
            self.window, wanted, workspace=self.workspace, seconds_left=lambda: ends_at - time.monotonic()
        )
        try:
            for chunk in chunks:
                self.did |= self._fired(chunk)
                for event in chunk:
                    self._decide(event, ends_at=ends_at)
            self.found.is_complete = self.found.events_seen < self.window.limit or not self._more(wanted)
            if self.found.is_complete:
                self._ran_out(self.window.until, ends_at=ends_at)
        except TimeoutError:
            self.found.is_complete = False
            self.did = {uid for uid in self.did if self.last is not None and uid <= self.last}
        if self.found.is_complete:
            self.found.scanned_until = self.window.until
            self.simulation.until(self.window.until)
        self.simulation.end()
        self._compare()
        return self.found

    def _fired(self, chunk: Sequence[Event]) -> set[UUID]:
        """Those of the events that really started the workflow."""
        rows = Firing.objects.filter(event__in=[event.pk for event in chunk], trigger__workflow=self.workflow)
        return set(rows.values_list("event_id", flat=True))

    def _more(self, wanted: Q) -> bool:
        """Whether there are events behind the last one, which the limit leaves out."""
        return self.last is not None and reading.more(self.window, wanted, after=self.last)

    def _decide(self, event: Event, *, ends_at: float) -> None:
        if time.monotonic() > ends_at:
            raise TimeoutError
        self._ran_out(event.received_at, ends_at=ends_at)
        self.found.events_seen += 1
        self.found.scanned_until, self.last = event.received_at, event.pk
        if alarms.is_alarm(event.type, is_public=event.is_public):
            return  # what would have run out has been seen to
        scope = snapshots.scope_then(event)
        matched = self.candidates.match(event, scope)
        for listener, why in matched.failed:
            self._settle(self._start(event, listener), Admission(Verdict.FAILED, reason=why))
        for listener in matched.met:
            start, held = self._start(event, listener), self.counting.count(Asked(listener, event, scope))
            if held is None or held.verdict is Verdict.FIRED:
                self.simulation.ask(start)
            else:
                self._settle(start, held)

    def _ran_out(self, until: datetime, *, ends_at: float) -> None:
        """Let triggers fire for what had not come by then: thousands of clocks may run out at one instant."""
        for listener, event in self.counting.ran_out(until):
            if time.monotonic() > ends_at:
                raise TimeoutError
            self.simulation.ask(self._start(event, listener))

    def _start(self, event: Event, listener: Listener) -> Start:
        return Start(
            workflow_id=self.workflow.pk,
            version_id=NOBODY,
            published=self.subject.published,
            flow=self.flow,
            event=event,
            scope=lambda: snapshots.scope_then(event),
            limits=self.workspace.limits,
            origin=Origin.EVENT,
            now=event.received_at,
            trigger_id=listener.trigger_id,
            trigger_key=listener.key,
        )

    def _settle(self, start: Start, admission: Admission) -> None:
        found, event = self.found, start.event
        found.verdicts[admission.verdict] += 1
        if admission.verdict is Verdict.FIRED:
            self.would.add(event.pk)
            told = found.fired
        else:
            found.by_code[admission.code or str(admission.verdict)] += 1
            told = found.held
            if event.pk in self.did:
                self.why_held[event.pk] = admission
        if len(told) < self.sample and start.trigger_id is not None:
            account = self.candidates.of(start.trigger_id).account(event, start.scope())
            told.append((event, _held(account, admission)))

    def _compare(self) -> None:
        found = self.found
        found.same = len(self.would & self.did)
        found.would_and_did_not = self._differing(self.would - self.did)
        found.did_and_would_not = self._differing(self.did - self.would)

    def _differing(self, uids: set[UUID]) -> Differing:
        """UUIDs of events grow with time: the first of them came first."""
        chosen = sorted(uids)[: self.sample]
        rows = list(Event.objects.filter(pk__in=chosen).select_related("workspace").order_by("id"))
        was = explaining.of_workflow(self.workflow.pk, rows)
        return Differing(len(uids), [(row, self._would_be(row), was.get(row.pk, [])) for row in rows])

    def _would_be(self, event: Event) -> list[Account]:
        scope, why = snapshots.scope_then(event), self.why_held.get(event.pk)
        accounts = [each.account(event, scope) for each in self.candidates.by_trigger.values()]
        return [_held(each, why) if why and each.verdict == explaining.FIRED else each for each in accounts]


def _held(account: Account, admission: Admission) -> Account:
    """The account with what flow control said to it."""
    if admission.verdict is Verdict.FIRED:
        return account
    return replace(
        account, verdict=admission.verdict, code=admission.code, reason=admission.reason, until=admission.until
    )
