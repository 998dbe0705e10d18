"""Make an outcome one that may be stored: bounded, and without the secrets that its action was told. Pure."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from core.redaction import Redactor
from workflows.services.outcomes import Outcome
from workflows.services.turns import Items, Skip
from workflows.types.base import Done, EndRun, StartRun, Step, Wait

Json = dict[str, Any]

KEPT_BYTES = 256 * 1024  # of an input, a request, a response: cut, since only people read them


def conceal(outcome: Outcome, *, secrets: Collection[str]) -> Outcome:
    """The outcome as it may be stored: bounded, and without the secrets of the workspace.

    What later actions read keeps everything else, such as a token that a login returned; it is hidden where it is
    shown.
    """
    everything, only_values = Redactor(secrets), Redactor(secrets, only_values=True)

    def shown(value: Json | None) -> Any:
        return None if value is None else everything.clean(value, max_bytes=KEPT_BYTES)

    return replace(
        outcome,
        step=_step(outcome.step, only_values),
        input=shown(outcome.input),
        variables=only_values.clean(outcome.variables) if outcome.variables else {},
        events=tuple(
            replace(each, data=only_values.clean(each.data), subject=only_values.clean_text(each.subject))
            for each in outcome.events
        ),
        request=shown(outcome.request),
        response=shown(outcome.response),
        error=shown(outcome.error),
    )


def _step(step: Step | Skip | Items, redactor: Redactor) -> Step | Skip | Items:
    match step:
        case Done() | EndRun():
            return replace(step, output=redactor.clean(step.output))
        case Wait():
            heard = step.listen and replace(
                step.listen,
                event_type=redactor.clean_text(step.listen.event_type),
                condition=redactor.clean(step.listen.condition),
            )
            return replace(step, progress=redactor.clean(step.progress), listen=heard)
        case StartRun():
            return replace(step, workflow=redactor.clean_text(step.workflow), data=redactor.clean(step.data))
        case _:
            return step
