"""What the actions of a past run came to, to answer in their place."""

from typing import Any

from workflows.engine.states import ActionStatus
from workflows.models import ActionRun, Run
from workflows.services.rehearsal.script import Pin, Place

Json = dict[str, Any]


def of_run(run: Run) -> dict[Place, Pin]:
    """The outputs and errors of a run's actions, by id and iteration; those that have neither are not in it.

    An error is one that was tried again if it was.
    """
    ended = {ActionStatus.COMPLETED, ActionStatus.FAILED}
    rows = ActionRun.objects.filter(run=run, status__in=ended)
    found = rows.values_list("key", "iteration", "status", "output", "error", "attempt")
    return {
        (key, iteration): _pin(status, output, error, tries) for key, iteration, status, output, error, tries in found
    }


def _pin(status: str, output: Json | None, error: Json | None, tries: int) -> Pin:
    if status == ActionStatus.FAILED:
        return Pin(error={**(error or {}), "is_retryable": tries > 1})
    return Pin(output=output or {})
