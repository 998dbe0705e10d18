"""Do what a claim is for: take the turn, or render the parameters and do the work. Writes nothing.

Nothing is held while an action is performed: no transaction, no lock, only the lease that the claim wrote.
"""

import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from actions import checking, mail
from actions.base import ActionCall, ActionFailedError, ActionResult, ActionType
from actions.outbound.hosts import TRUSTED_NAMES
from actions.registry import action_types
from actions.services import connections
from core import action_roles, pointers
from core.errors import SequiturError
from core.expressions import conditions, instants, templates
from core.expressions.scope import Scope
from core.redaction import Redactor
from core.redaction.shortening import size_bytes
from core.services import secrets
from triggers.context import event_names
from triggers.services import causes, waits
from triggers.services.causes import Cause
from workflows.engine.states import AttemptOutcome
from workflows.services import concealing, context, emission, holding, turns
from workflows.services.claims import Claim
from workflows.services.containers import MAX_OUTPUT_BYTES
from workflows.services.holding import InterruptedTryError, LostClaimError, StoppingError
from workflows.services.outcomes import Outcome
from workflows.services.turns import Items, Skip
from workflows.types.base import ControlType, Done, Mail, Step, Turn, Wait

log = structlog.get_logger(__name__)

Json = dict[str, Any]
RUN_AT = "run_at"  # in `progress`: it waited for this instant before its first turn


OnOverrun = Callable[[Outcome], None]


def perform(claim: Claim, *, on_overrun: OnOverrun = lambda _: None) -> Outcome:
    """Take one turn. Whatever goes wrong is an outcome; the secrets that it was told are redacted in all of it.

    Code that does not react when its time is over is left behind: `on_overrun` gets the outcome then, in another
    thread, before the process ends.
    Raises `LostClaimError` when somebody else has the action by now, and what Django raises when the database does not
    answer: it says nothing about the action, so the lease ends and another try follows.
    """
    return carry_out(Try(claim, on_overrun))


def carry_out(turn: "Try") -> Outcome:
    """The same for a try that was made already."""
    try:
        outcome = turn.take()
    except (OperationalError, InterfaceError, LostClaimError):
        raise
    except InterruptedTryError as error:
        outcome = _interrupted(turn.outcome, error, may_repeat=turn.claim.may_repeat)
    except ActionFailedError as error:
        outcome = _failed(turn.outcome, error, may_repeat=turn.claim.may_repeat)
    except SequiturError as error:  # a template, a secret
        failure = ActionFailedError(error.code, error.detail, is_retryable=False)
        outcome = _failed(turn.outcome, failure, may_repeat=True)
    except Exception as error:  # noqa: BLE001  the outer wall: an action type may raise anything
        shown = Redactor(turn.secret_values).clean_text(traceback.format_exc())
        log.error("action type raised", traceback=shown)  # noqa: TRY400  redacted
        text = f"The action type failed in a way it does not know: {type(error).__name__}: {error}"
        failure = ActionFailedError("internal", text, is_retryable=False)
        outcome = _failed(turn.outcome, failure, may_repeat=True)
    return concealing.conceal(replace(outcome, finished_at=timezone.now()), secrets=turn.secret_values)


class Try:
    """One turn of one claim. `outcome` is what is known of it so far, `secrets` the values that it was told."""

    def __init__(self, claim: Claim, on_overrun: OnOverrun) -> None:
        self.claim = claim
        self._on_overrun = on_overrun
        self.part = claim.planned.part
        self.outcome = Outcome(finished_at=claim.claimed_at)
        self.secrets: dict[str, str] = {}
        self.told: set[str] = set()  # secret values that are in no template: those of connections
        self._scope: Scope | None = None

    def take(self) -> Outcome:
        if self.claim.start_by is not None and self.claim.start_by < self.claim.claimed_at:
            raise NotStartedInTimeError
        if before := self._before():
            return self._ends(before)
        if self.claim.is_loop:
            return self._ends(Items(self._items()))
        action_type = self.claim.action_type
        if action_type is None:
            message = f"The action type {self.part.type!r} is not installed here any more."
            raise ActionFailedError("unknown_action_type", message, is_retryable=False)
        self._check_role(action_type.key)
        params = self._params(action_type)
        for inner in action_type.performs(params):
            self._check_role(inner.type)
        if isinstance(action_type, ControlType):
            return self._ends(self._take(action_type, params))
        return self._done(self._perform(action_type, params))

    def _check_role(self, key: str) -> None:
        if refusal := action_roles.refusal(self.claim.action_roles, key, self.claim.published.role):
            raise ActionFailedError("not_permitted", refusal, is_retryable=False)

    @property
    def secret_values(self) -> set[str]:
        """Everything that must not be written anywhere."""
        return {*self.secrets.values(), *self.told}

    @property
    def scope(self) -> Scope:
        if self._scope is None:
            self._scope = context.build(self.claim, secrets=self.secrets)
        return self._scope

    def _before(self) -> Step | Skip | None:
        """What keeps it from being done: its own `if` that does not hold, or a `run_at` that is to come.

        Both are decided once: not when a wait is over, and for a loop, not again for its items.
        """
        if self.claim.progress is not None or self.claim.is_item:
            return None
        if self.part.condition is not None:
            condition = conditions.compile(self.part.condition)
            with templates.within():
                found = condition.evaluate(self.scope, explain=True)
            if not found.holds:
                return Skip(found.to_json())
        if self.part.run_at is not None and (at := self._instant(self.part.run_at)) > self.claim.claimed_at:
            return Wait(at, {RUN_AT: instants.write(at)})
        return None

    def _instant(self, text: str) -> datetime:
        value = templates.render_structure(text, self.scope)
        found = instants.parse(value) if isinstance(value, str) else value
        if not isinstance(found, date):
            message = f"run_at expects an instant such as 2026-01-31T09:00:00Z; got {str(value)[:100]!r}."
            raise ActionFailedError("invalid_parameters", message, is_retryable=False)
        return instants.as_instant(found)

    def _items(self) -> list[Any]:
        values = templates.render_structure(self.claim.planned.for_each.items, self.scope)
        limit = settings.SEQUITUR_MAX_ITEMS
        if not isinstance(values, list) or len(values) > limit:
            found = f"{len(values)} items" if isinstance(values, list) else checking.kind(values)
            message = f"for_each takes a list of at most {limit} items, and was given {found}."
            raise ActionFailedError("invalid_items", message, is_retryable=False)
        if (size := size_bytes(values)) > MAX_OUTPUT_BYTES:  # each item is a row: what is named twice is stored twice
            message = f"The items of for_each take {size:,} bytes as JSON; at most {MAX_OUTPUT_BYTES:,} are accepted."
            raise ActionFailedError("invalid_items", message, is_retryable=False)
        return values

    def _params(self, action_type: ActionType[Any]) -> Json:
        """The parameters as the action gets them: rendered, but for those that it reads itself."""
        params = checking.with_defaults(action_type, self.part.params)
        if not templates.has_templates(params):
            self.outcome = replace(self.outcome, input=_shown_input(action_type, params))
            return params
        as_written = {name: params[name] for name in params.keys() & action_type.as_written}
        rest = {name: value for name, value in params.items() if name not in as_written}
        self.secrets.update(self._reveal(_secret_names(rest)))
        rendered = {**self._rendered(action_type, rest), **as_written}
        self.outcome = replace(self.outcome, input=_shown_input(action_type, rendered))
        return rendered

    def _reveal(self, names: set[str]) -> dict[str, str]:
        return secrets.reveal(names)

    def _rendered(self, action_type: ActionType[Any], params: Json) -> Json:
        """The values of the parameters; those that are URLs keep what strangers send in its place."""
        urls = dict(urls_in(action_type, params))
        with templates.within():
            values = {at: templates.render_url(url, self.scope, trusted=TRUSTED_NAMES) for at, url in urls.items()}
            rest = pointers.replaced(params, dict.fromkeys(urls)) if urls else params
            rendered: Json = templates.render_structure(rest, self.scope)
        return pointers.replaced(rendered, values) if urls else rendered

    def _take(self, action_type: ControlType[Any], params: Json) -> Step:
        progress = self.claim.progress
        if progress is not None and progress.keys() == {RUN_AT}:
            progress = None
        if progress and turns.is_listening(progress) and "event" not in progress:
            found = waits.look_back(self.claim.id)  # an event that was matched before anybody could see that it listens
            progress = {**progress, "event": event_names(found)} if found else progress
        turn = Turn(
            workspace_id=self.claim.workspace_id,
            run_id=self.claim.run_id,
            action_run_id=self.claim.id,
            scope=self.scope,
            now=self.claim.claimed_at,
            progress=progress,
        )
        checked = checking.validated(action_type, params)
        with self._held():
            step = action_type.take(checked, turn)
            if isinstance(step, Wait) and step.mail is not None:
                self._send(step.mail)
            return step

    def _send(self, message: Mail) -> None:
        """Before the turn is written down: a crash in between asks twice, which is better than not at all."""
        mail.send(
            to=message.to,
            subject=message.subject,
            text=message.text,
            idempotency_key=self.claim.idempotency_key,
            run_id=self.claim.run_id,
        )

    def _perform(self, action_type: ActionType[Any], params: Json) -> ActionResult:
        redactor = Redactor(self.secrets.values())

        def learn(values: Collection[str]) -> None:
            self.told.update(values)
            redactor.learn(values)

        role = self.claim.published.role
        call = ActionCall(
            workspace_id=self.claim.workspace_id,
            run_id=self.claim.run_id,
            action_key=self.part.id,
            attempt=self.claim.attempt,
            idempotency_key=self.claim.idempotency_key,
            timeout_seconds=self.part.timeout_seconds,
            context=context.Names(self.claim),
            redactor=redactor,
            connections=connections.Opener(learn, role=role, timeout_seconds=self.part.timeout_seconds),
            role=role,
        )
        checked = checking.validated(action_type, params)
        with self._held(), causes.of(Cause(self.claim.workspace_id, self.claim.run_id, self.claim.event_id)):
            return action_type.perform(checked, call)

    def _held(self) -> AbstractContextManager[object]:
        """Keep the lease and bound the time. A second longer than the action is told, whose own error says more."""
        if not self.claim.is_held:
            return nullcontext()
        return holding.held(
            self.claim.id,
            self.claim.attempt,
            timeout_seconds=self.part.timeout_seconds + 1,
            on_overrun=self._overrun,
        )

    def _overrun(self, error: InterruptedTryError) -> None:
        outcome = _interrupted(self.outcome, error, may_repeat=self.claim.may_repeat)
        self._on_overrun(concealing.conceal(replace(outcome, finished_at=timezone.now()), secrets=self.secret_values))

    def _ends(self, step: Step | Skip | Items) -> Outcome:
        _refuse_large(step.output if isinstance(step, Done) else {}, None)
        return replace(self.outcome, step=step)

    def _done(self, result: ActionResult) -> Outcome:
        self.outcome = replace(self.outcome, usage=result.usage)  # whatever is wrong with the rest of it
        _refuse_large(result.output, result)
        _refuse_large(result.variables, result)
        return replace(
            self.outcome,
            step=Done(result.output),
            variables=result.variables,
            events=emission.checked(self.claim, result.events),
            request=result.request,
            response=result.response,
        )


def unstorable(outcome: Outcome) -> Outcome:
    """In the place of an outcome that the database refuses: a number that is none, as only a plugin could return."""
    message = "The action was done, but what it returned cannot be stored as JSON (NaN, infinity, or such)."
    error = {"code": "unstorable_result", "message": message}
    return Outcome(finished_at=outcome.finished_at, kind=AttemptOutcome.FAILED, error=error)


class NotStartedInTimeError(ActionFailedError):
    """No worker took the action within its `start_within_seconds`."""

    def __init__(self) -> None:
        super().__init__("not_started_in_time", (NotStartedInTimeError.__doc__ or "").strip(), is_retryable=False)


def _shown_input(action_type: ActionType[Any], params: Json) -> Json:
    """Nested actions have rows of their own."""
    nested = {"actions", "branches"} & action_type.as_written
    return {name: value for name, value in params.items() if name not in nested}


def _is_template(value: object) -> bool:
    return isinstance(value, str) and templates.is_template(value)


def urls_in(action_type: ActionType[Any], params: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, str]]:
    """The templates that are URLs, by their places: of the action, and of those that it performs itself."""
    for name in params.keys() & action_type.url_params:
        if _is_template(params[name]):
            yield pointers.join(at, name), params[name]
    for inner in action_type.performs(params):
        if (found := action_types.find(inner.type)) is not None:
            yield from urls_in(found, inner.params, at=f"{at}{inner.path}/params")


def _secret_names(params: Json) -> set[str]:
    found = (reference.path.steps for reference in templates.references_in(params))
    return {str(steps[1]) for steps in found if steps[0] == "secrets" and len(steps) > 1}


def _refuse_large(value: Json, result: ActionResult | None) -> None:
    if size_bytes(value) <= MAX_OUTPUT_BYTES:
        return
    message = f"The action was done, but its output is longer than {MAX_OUTPUT_BYTES:,} bytes, which cannot be kept."
    raise ActionFailedError(
        "output_too_large",
        message,
        is_retryable=False,
        request=result.request if result else None,
        response=result.response if result else None,
    )


def _failed(outcome: Outcome, error: ActionFailedError, *, may_repeat: bool) -> Outcome:
    return replace(
        outcome,
        kind=AttemptOutcome.FAILED,
        error={"code": error.code, "message": error.message},
        usage=error.usage or outcome.usage,
        is_retryable=error.is_retryable,
        is_unknown=error.is_outcome_unknown and not may_repeat,
        retry_after_seconds=error.retry_after_seconds,
        request=error.request,
        response=error.response,
    )


def _interrupted(outcome: Outcome, error: InterruptedTryError, *, may_repeat: bool) -> Outcome:
    is_stop = isinstance(error, StoppingError)
    return replace(
        outcome,
        kind=AttemptOutcome.INTERRUPTED if is_stop else AttemptOutcome.FAILED,
        error={"code": error.code, "message": str(error)},
        is_retryable=may_repeat,
        is_unknown=not may_repeat,
    )
