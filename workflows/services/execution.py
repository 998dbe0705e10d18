"""The life of one try: claim, perform, record. docs/execution.md says what a crash after each line means.

Nothing is held while an action is performed: no transaction, no lock, only the lease that the claim wrote.
"""

import traceback
from collections.abc import Collection
from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog
from django.db import Error as DatabaseFailure
from django.utils import timezone

from actions import checking
from actions.base import ActionCall, ActionFailedError, ActionResult
from actions.registry import action_types
from core import tenancy
from core.errors import SequiturError
from core.expressions import templates
from core.expressions.scope import Scope
from core.redaction import Redactor
from core.redaction.shortening import size_bytes
from core.services import secrets
from workflows.engine.states import AttemptOutcome
from workflows.services import claims, context, outcomes
from workflows.services.claims import Claim
from workflows.services.outcomes import Outcome

log = structlog.get_logger(__name__)

Json = dict[str, Any]
KEPT_BYTES = 256 * 1024  # of an input, a request, a response: cut, since only people read them
MAX_OUTPUT_BYTES = 2 * 1024 * 1024  # of an output, of variables: refused, since actions read them


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
    """Render the parameters and do the work. Whatever goes wrong is an outcome; secrets are redacted in all of it.

    Raises Django's database errors: they say nothing about the action, so the lease ends and another try follows.
    """
    outcome, values = Outcome(finished_at=claim.claimed_at), dict[str, str]()
    try:
        params = _params(claim)
        values = secrets.reveal(_secret_names(params))
        scope = context.build(claim.action_run, now=claim.claimed_at, secrets=values)
        rendered = templates.render_structure(params, scope)
        outcome = replace(outcome, input=rendered)
        outcome = _completed(outcome, _call(claim, rendered, scope, redactor=Redactor(values.values())))
    except DatabaseFailure:
        raise
    except ActionFailedError as error:
        outcome = _failed(outcome, error)
    except SequiturError as error:  # a template, a secret
        outcome = _failed(outcome, ActionFailedError(error.code, error.detail, is_retryable=False))
    except Exception as error:  # noqa: BLE001  the outer wall: an action type may raise anything
        shown = Redactor(values.values()).clean_text(traceback.format_exc())
        log.error("action type raised", traceback=shown)  # noqa: TRY400  redacted
        text = f"The action type failed in a way it does not know: {type(error).__name__}: {error}"
        outcome = _failed(outcome, ActionFailedError("internal", text, is_retryable=False))
    return _redacted(replace(outcome, finished_at=timezone.now()), secrets=values.values())


def _params(claim: Claim) -> Json:
    """The parameters as they were written, with the defaults of the type that are templates themselves."""
    action_type = action_types.find(claim.part.type)
    return claim.part.params if action_type is None else checking.with_defaults(action_type, claim.part.params)


def _call(claim: Claim, params: Json, scope: Scope, *, redactor: Redactor) -> ActionResult:
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
        redactor=redactor,
    )
    return action_type.perform(checking.validated(action_type, params), call)


def _secret_names(params: Json) -> set[str]:
    found = (reference.path.steps for reference in templates.references_in(params))
    return {str(steps[1]) for steps in found if steps[0] == "secrets" and len(steps) > 1}


def _completed(outcome: Outcome, result: ActionResult) -> Outcome:
    if max(size_bytes(result.output), size_bytes(result.variables)) > MAX_OUTPUT_BYTES:
        message = (
            f"The action was done, but its output is longer than {MAX_OUTPUT_BYTES:,} bytes, which cannot be kept."
        )
        raise ActionFailedError(
            "output_too_large", message, is_retryable=False, request=result.request, response=result.response
        )
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


def _redacted(outcome: Outcome, *, secrets: Collection[str]) -> Outcome:
    """The outcome as it may be stored: bounded, and without the secrets of the workspace.

    What later actions read keeps everything else, such as a token that a login returned; it is hidden where it is
    shown.
    """
    everything, only_values = Redactor(secrets), Redactor(secrets, only_values=True)

    def shown(value: Json | None) -> Any:
        return None if value is None else everything.clean(value, max_bytes=KEPT_BYTES)

    return replace(
        outcome,
        input=shown(outcome.input),
        output=only_values.clean(outcome.output),
        variables=only_values.clean(outcome.variables),
        request=shown(outcome.request),
        response=shown(outcome.response),
        error=shown(outcome.error),
    )
