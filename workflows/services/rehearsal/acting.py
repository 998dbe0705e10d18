"""One try in test mode: everything up to the effect is the code of real runs, and the effect is left out.

Secrets are never read: each is `[redacted]` here already. No connection is opened, no mail is sent, no lease is held.
"""

from collections.abc import Callable
from typing import Any

import structlog

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult, ActionType
from core.context import workspace_names
from core.expressions import scope as scopes
from core.expressions.scope import Scope
from core.redaction import REDACTED, Redactor
from core.services import secrets
from triggers.context import event_names
from workflows.engine.states import ActionStatus
from workflows.models import ActionRun
from workflows.services import concealing, context, performing
from workflows.services.claims import Claim
from workflows.services.outcomes import Outcome
from workflows.services.rehearsal.board import Board
from workflows.services.rehearsal.script import Pin, Script, Source
from workflows.types.base import Mail

log = structlog.get_logger(__name__)

Json = dict[str, Any]


class Rehearsed(performing.Try):
    """A try of a row of the board. `source` says where its output came from, `would` what it would have sent."""

    def __init__(self, claim: Claim, script: Script, names: Callable[[dict[str, str]], Scope]) -> None:
        super().__init__(claim, on_overrun=lambda _: None)
        self.source = Source.COMPUTED
        self.would: Json | None = None
        self._script = script
        self._names = names

    @property
    def scope(self) -> Scope:
        if self._scope is None:
            self._scope = self._names(self.secrets)
        return self._scope

    def _reveal(self, names: set[str]) -> dict[str, str]:
        return dict.fromkeys(names & secrets.names(), REDACTED) if names else {}

    def _send(self, message: Mail) -> None:
        self.would = {"to": [*message.to], "subject": message.subject, "text": message.text}

    def _perform(self, action_type: ActionType[Any], params: Json) -> ActionResult:
        checked = checking.validated(action_type, params)
        call = self._call()
        pinned = self._script.pinned(self.part.id, self.claim.iteration)
        if action_type.is_pure and (pinned is None or pinned[1] is Source.PAST_RUN):
            return self._computed(action_type, checked, call)
        self.would = self._sent(action_type, checked, call)
        if pinned is None:
            self.source = Source.SAMPLE
            return ActionResult(output=_harmless(action_type, "sample", lambda: action_type.sample(checked)) or {})
        pin, self.source = pinned
        if pin.error is not None:
            raise failure(pin)
        return ActionResult(output=pin.output)

    def _computed(self, action_type: ActionType[Any], params: Any, call: ActionCall) -> ActionResult:
        result = action_type.perform(params, call)
        if result.events:
            self.would = {"events": [{"type": each.type, "data": each.data, "id": each.id} for each in result.events]}
        return result

    def _sent(self, action_type: ActionType[Any], params: Any, call: ActionCall) -> Json:
        found = _harmless(action_type, "would", lambda: action_type.would(params, call))
        if found is None:
            found = ActionType.would(action_type, params, call)
        cleaned: Json = Redactor().clean(found, max_bytes=concealing.KEPT_BYTES)
        return cleaned

    def _call(self) -> ActionCall:
        seen = self.scope.as_json()
        seen.pop("secrets", None)
        return ActionCall(
            workspace_id=self.claim.workspace_id,
            run_id=self.claim.run_id,
            action_key=self.part.id,
            attempt=self.claim.attempt,
            idempotency_key=self.claim.idempotency_key,
            timeout_seconds=self.part.timeout_seconds,
            context=seen,
            role=self.claim.published.role,
        )


def act(row: ActionRun, board: Board, script: Script) -> tuple[Outcome, Rehearsed]:
    """Take the next turn of a row, as `performing.perform` does."""
    claim = claim_of(row, board, script)
    turn = Rehearsed(claim, script, lambda known: scope_of(row, board, script, secrets=known))
    return performing.carry_out(turn), turn


def claim_of(row: ActionRun, board: Board, script: Script) -> Claim:
    """The claim on a row that nobody else can claim."""
    run = board.run
    return Claim(
        id=row.pk,
        workspace_id=script.workspace.pk,
        run_id=run.pk,
        parent_id=row.parent_id,
        key=row.key,
        iteration=row.iteration,
        attempt=row.attempt + 1,
        item=row.item,
        progress=row.progress,
        start_by=None,
        version_id=run.pk,
        event_id=script.event.pk,
        trigger_key=script.trigger_key,
        run_created_at=script.now,
        variables=run.variables,
        depth=0,
        begins=False,
        is_child=False,
        claimed_at=board.now,
        published=script.published,
        is_held=False,
        action_roles=script.workspace.action_roles,
    )


def scope_of(row: ActionRun, board: Board, script: Script, *, secrets: dict[str, str]) -> Scope:
    """The names that a row sees, as `context.build` makes them."""
    around = context.around(row.iteration)
    seen = {
        key: {"status": other.status, "output": other.output, "error": other.error}
        for iteration in around
        for key, other in board.by_iteration.get(iteration, {}).items()
        if other.status != ActionStatus.PENDING
    }
    loops: Json = {}
    if keys := board.plan.actions[row.key].loops_around(row.iteration):
        held = {each: board.by_iteration.get(each, {}) for each in around[1:]}
        items = {each: found[key].item for each, found in held.items() for key in keys if _is_item(found.get(key))}
        loops = context.loop_names(row.iteration, items)
    return scopes.build(
        now=board.now,
        zone=script.workspace.time_zone,
        event=event_names(script.event),
        workspace=workspace_names(script.workspace),
        vars=script.workspace.variables,
        secrets=secrets,
        actions=seen,
        run={"id": str(board.run.pk), "created_at": script.now.isoformat(), "variables": board.run.variables},
        workflow=context.workflow_names(script.published),
        trigger=context.trigger_names(script.published, script.trigger_key),
        **loops,
    )


def failure(pin: Pin) -> ActionFailedError:
    """The pinned error, as the action would raise it."""
    error = pin.error or {}
    code, message = str(error.get("code") or "failed"), str(error.get("message") or "")
    return ActionFailedError(code, message, is_retryable=bool(error.get("is_retryable")))


def _is_item(row: ActionRun | None) -> bool:
    return row is not None and row.item is not None


def _harmless(action_type: ActionType[Any], what: str, ask: Callable[[], Json]) -> Json | None:
    """What a type says; None when it cannot. Its failures are those of the action."""
    try:
        return ask()
    except ActionFailedError:
        raise
    except Exception as error:  # noqa: BLE001  the outer wall: a type of a plugin may raise anything
        log.warning("action type cannot say it", what=what, type=action_type.key, error=type(error).__name__)
        return None
