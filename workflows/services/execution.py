"""The life of one try: claim, perform, record. docs/execution.md says what a crash after each line means.

Nothing is held while an action is performed: no transaction, no lock, only the lease that the claim wrote.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult
from actions.registry import action_types
from core import tenancy
from core.expressions import templates
from core.expressions.scope import Scope
from core.redaction import Redactor
from core.services import secrets
from workflows.engine.states import AttemptOutcome
from workflows.services import claims, context, outcomes
from workflows.services.claims import Claim
from workflows.services.outcomes import Outcome

log = structlog.get_logger(__name__)

Json = dict[str, Any]
KEPT_BYTES = 256 * 1024  # of an input, an output, a request, a response


def execute(action_run_id: UUID) -> bool:
    """Execute a queued action; returns whether the next action of its run is queued now.

    Does nothing, and returns False, when the action is not queued: safe to call any number of times.
    """
    claim = claims.claim(action_run_id)
    if claim is None:
        return False
    row = claim.action_run
    names = {"run_id": str(row.run_id), "action": row.key, "attempt": claim.attempt}
    with tenancy.scope(row.workspace_id), structlog.contextvars.bound_contextvars(**names):
        outcome = perform(claim)
        log.info("action performed", type=row.type, outcome=outcome.kind.value, error=(outcome.error or {}).get("code"))
        return outcomes.record(claim, outcome)


def perform(claim: Claim) -> Outcome:
    """Render the parameters and do the work. Whatever goes wrong is an outcome; secrets are redacted in all of it."""
    action_type = action_types.find(claim.part.type)
    params = claim.part.params
    if action_type is not None:
        params = {**checking.templated_defaults(action_type), **params}
    values = secrets.reveal(_secret_names(params))
    redactor = Redactor(values.values())
    outcome = Outcome(finished_at=timezone.now())
    try:
        scope = context.build(claim.action_run, now=claim.claimed_at, secrets=values)
        params = templates.render_structure(params, scope)
        outcome = replace(outcome, input=params)
        result = _call(claim, params, scope)
        outcome = _completed(outcome, result)
    except ActionFailedError as error:
        outcome = _failed(outcome, error)
    except templates.TemplateError as error:
        outcome = _failed(outcome, ActionFailedError("template_error", str(error), is_retryable=False))
    except Exception as error:  # the outer wall: an action type may raise anything
        log.exception("action type raised")
        text = f"The action type failed in a way it does not know: {type(error).__name__}: {error}"
        outcome = _failed(outcome, ActionFailedError("internal", text, is_retryable=False))
    return _redacted(replace(outcome, finished_at=timezone.now()), redactor)


def _call(claim: Claim, params: Json, scope: Scope) -> ActionResult:
    action_type = action_types.find(claim.part.type)
    if action_type is None:
        message = f"The action type {claim.part.type!r} is not installed here any more."
        raise ActionFailedError("unknown_action_type", message, is_retryable=False)
    names = scope.as_json()
    names.pop("secrets", None)
    call = ActionCall(
        workspace_id=claim.action_run.workspace_id,
        run_id=claim.action_run.run_id,
        action_key=claim.part.id,
        attempt=claim.attempt,
        idempotency_key=claim.idempotency_key,
        timeout_seconds=claim.part.timeout_seconds,
        context=names,
    )
    return action_type.perform(checking.validated(action_type, params), call)


def _secret_names(params: Json) -> set[str]:
    found = (reference.path.steps for reference in templates.references_in(params))
    return {str(steps[1]) for steps in found if steps[0] == "secrets" and len(steps) > 1}


def _completed(outcome: Outcome, result: ActionResult) -> Outcome:
    return replace(
        outcome,
        output=result.output,
        variables=result.variables,
        usage=result.usage,
        request=result.request,
        response=result.response,
    )


def _failed(outcome: Outcome, error: ActionFailedError) -> Outcome:
    return replace(
        outcome,
        kind=AttemptOutcome.FAILED,
        error={"code": error.code, "message": error.message},
        is_retryable=error.is_retryable,
        retry_after_seconds=error.retry_after_seconds,
        request=error.request,
        response=error.response,
    )


def _redacted(outcome: Outcome, redactor: Redactor) -> Outcome:
    """The outcome as it may be stored: no secret in it, and bounded."""

    def clean(value: Any) -> Any:
        return None if value is None else redactor.clean(value, max_bytes=KEPT_BYTES)

    return replace(
        outcome,
        input=clean(outcome.input),
        output=clean(outcome.output),
        variables=clean(outcome.variables),
        request=clean(outcome.request),
        response=clean(outcome.response),
        error=clean(outcome.error),
    )
