"""Keep the circuit breakers of workflows: count how runs end, open and close them, and tell people.

A run that ends writes a mark, in its own transaction, and locks nothing. When that is committed, the breaker is locked
for the moment in which its marks are counted, and nothing else with it; so a workflow whose runs all fail at once makes
nobody wait for more than that, and no order of locks is broken. What a process that died did not count, the sweep does.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from core import tenancy
from core.models import Workspace
from core.services import audit
from workflows.engine.flow import circuit as circuit_
from workflows.engine.flow.circuit import Circuit, CircuitState, Rule
from workflows.engine.states import RunStatus
from workflows.models import CircuitMark, FlowState, Run, Workflow
from workflows.services import versions
from workflows.services.flow import effective, states
from workflows.services.flow.states import Key
from workflows.services.notifications import telling

log = structlog.get_logger(__name__)

CONTROL = "circuit"


@dataclass(frozen=True, slots=True)
class Shown:
    """A circuit breaker as people see it."""

    state: CircuitState
    failures: int
    opened_at: datetime | None
    until: datetime | None
    reason: str


def key(workflow_id: UUID) -> Key:
    """Under which the breaker of a workflow is kept."""
    return Key(workflow_id, CONTROL, "")


def rule_of(version_id: UUID, workspace: Workspace) -> Rule | None:
    """The breaker that holds for runs of a version; None where there is none."""
    flow = effective.flow(versions.load(version_id).definition.settings, workspace.flow)
    written = flow.circuit_breaker
    return None if written is None else Rule(written.failures, written.window_seconds, written.pause_seconds)


def open_among(workflow_ids: Collection[UUID]) -> set[UUID]:
    """Those of these workflows whose breaker is not closed. Nothing is locked: it may open or close meanwhile."""
    if not workflow_ids:
        return set()
    rows = FlowState.objects.filter(workflow_id__in=workflow_ids, control=CONTROL, state__has_key="opened_at")
    return {each for each in rows.values_list("workflow_id", flat=True) if each is not None}


def note(run: Run) -> None:
    """A run has ended: write down what its breaker counts. Does nothing where there is none, but for a probe.

    To be called in the transaction of the end; once that is committed, the breaker counts it.
    """
    if run.status != RunStatus.FAILED and not run.is_probe:
        return
    if not run.is_probe and rule_of(run.version_id, Workspace.objects.get(pk=run.workspace_id)) is None:
        return
    CircuitMark.objects.create(
        workspace_id=run.workspace_id, workflow_id=run.workflow_id, run=run, at=run.finished_at or timezone.now()
    )
    transaction.on_commit(partial(_judge, run.workflow_id, run.workspace_id), robust=True)


def _judge(workflow_id: UUID, workspace_id: UUID) -> None:
    try:
        judge(workflow_id, workspace_id=workspace_id)
    except Exception:  # the run has ended whatever becomes of this; the sweep tries again
        log.exception("circuit breaker not judged", workflow_id=str(workflow_id))


def waiting() -> list[tuple[UUID, UUID]]:
    """(workspace, workflow) of the breakers that have something to count."""
    with tenancy.unscoped("one sweep serves all workspaces"):
        return list(CircuitMark.objects.order_by().values_list("workspace_id", "workflow_id").distinct())


def judge(workflow_id: UUID, *, workspace_id: UUID) -> None:
    """Count the marks of a breaker, and open or close it. Does nothing where there are none.

    Concurrency: the breaker is locked, so each mark is counted once and two never open it for the same failures.
    """
    with tenancy.scope(workspace_id), transaction.atomic():
        state = states.locked([key(workflow_id)])[key(workflow_id)]
        rows = CircuitMark.objects.filter(workflow_id=workflow_id).select_related("run__workspace")
        marks = list(rows.order_by("at", "pk"))
        if not marks:
            return
        before = circuit_.read(state.values)
        for mark in marks:
            after = _counted(before, mark.run, at=mark.at)
            _tell(mark.run, before, after)
            before = after
        CircuitMark.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
        state.values = circuit_.write(before)
        state.touch(expires_at=None)
        states.save([state])


def _counted(before: Circuit, run: Run, *, at: datetime) -> Circuit:
    rule = rule_of(run.version_id, run.workspace)
    if run.status == RunStatus.FAILED and rule is not None:
        return circuit_.failed(
            before, rule, at=at, started_at=run.created_at, is_probe=run.is_probe, is_by_hand=run.firing_id is None
        )
    if run.is_probe and run.status == RunStatus.COMPLETED:
        return circuit_.passed(before, at=at, started_at=run.created_at)
    return circuit_.gave_up(before) if run.is_probe else before


def _tell(run: Run, before: Circuit, after: Circuit) -> None:
    """Loudly: in the trail, in the log, and to people."""
    if after.is_open and (not before.is_open or after.reason != before.reason or after.until != before.until):
        why = after.why(run.finished_at or timezone.now())
        _audit("opened", run.workflow_id, reason=why, run=str(run.pk), until=after.until)
        log.warning("circuit opened", workflow_id=str(run.workflow_id), run_id=str(run.pk), reason=why)
        telling.paused(versions.load(run.version_id), run, why=f"{why[0].upper()}{why[1:]}.")
    elif before.is_open and not after.is_open:
        _audit("closed", run.workflow_id, reason="the run that tried it completed", run=str(run.pk))
        log.info("circuit closed", workflow_id=str(run.workflow_id), run_id=str(run.pk))


def close(workflow_id: UUID, *, by: str, reason: str) -> bool:
    """Let runs start again, because somebody says so, and count anew; whether it was open. Safe to repeat.

    Concurrency: of those who close it at once, one does.
    """
    if not FlowState.objects.filter(workflow_id=workflow_id, control=CONTROL).exists():
        return False
    with transaction.atomic():
        state = states.locked([key(workflow_id)])[key(workflow_id)]
        before = circuit_.read(state.values)
        if not before.failures:
            return False
        state.values = circuit_.write(circuit_.closed(timezone.now()))
        state.touch(expires_at=None)
        states.save([state])
        if before.is_open:
            _audit("closed", workflow_id, reason=reason, by=by)
    return before.is_open


def _audit(what: str, workflow_id: UUID, *, reason: str, by: str = audit.ITSELF, **after: object) -> None:
    audit.record(f"circuit.{what}", by=by, target="workflow", target_id=workflow_id, reason=reason, after=after)


def shown(workflows: Iterable[Workflow], workspace: Workspace) -> Mapping[UUID, Shown]:
    """The breakers of those workflows that have one, by the id of the workflow."""
    rules = {
        row.pk: rule
        for row in workflows
        if row.active_version_id is not None and (rule := rule_of(row.active_version_id, workspace))
    }
    if not rules:
        return {}
    rows = FlowState.objects.filter(workflow_id__in=rules, control=CONTROL)
    kept = {row.workflow_id: circuit_.read(row.state) for row in rows}
    now = timezone.now()
    return {pk: _shown(kept.get(pk, Circuit()), rule, now=now) for pk, rule in rules.items()}


def _shown(found: Circuit, rule: Rule, *, now: datetime) -> Shown:
    since = now - timedelta(seconds=rule.window_seconds)
    failures = found.failures if found.is_open else [each for each in found.failures if each > since]
    why = found.why(now) if found.is_open else ""
    return Shown(found.state(now), len(failures), found.opened_at, found.until, why)
