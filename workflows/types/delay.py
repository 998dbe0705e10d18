"""`delay`: wait for a while, or until an instant."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, Field, model_validator

from actions.base import ActionFailedError, ActionParams
from actions.registry import register
from core import pointers
from core.errors import Problem
from core.expressions import instants, templates
from workflows.definitions.part import MAX_SECONDS
from workflows.types import reading
from workflows.types.base import ControlType, Done, Turn, Wait

_EXAMPLE = "2027-01-31T09:00:00Z, or a date such as 2027-01-31"


class DelayParams(ActionParams):
    """How long."""

    seconds: float | None = Field(None, ge=0, le=MAX_SECONDS, description="How many seconds to wait.")
    until: str | None = Field(
        None,
        min_length=1,
        max_length=100,
        description="When to go on, in ISO 8601: without an offset in the workspace's time zone; "
        "a date is the beginning of that day.",
    )

    @model_validator(mode="before")
    @classmethod
    def _one_of_them(cls, given: Any) -> Any:
        """Before the values are looked at, so that it is known of templates too."""
        if isinstance(given, Mapping) and (given.get("seconds") is None) == (given.get("until") is None):
            raise ValueError("give one of seconds and until")
        return given


class DelayOutput(BaseModel):
    """Until when it waited."""

    until: str = Field(description="The instant, in ISO 8601 and UTC.")


class Delay(ControlType[DelayParams]):
    """An instant that has passed is no wait at all."""

    key = "delay"
    title = "Delay"
    description = "Wait for a number of seconds, or until an instant."
    icon = "timer"
    params_model = DelayParams
    output_model = DelayOutput

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        until = params.get("until")
        if not isinstance(until, str | int | float) or templates.has_templates(until):
            return []
        if reading.instant(str(until), zone=UTC):
            return []
        return [Problem(pointers.join(path, "until"), "invalid_parameter", f"Expected an instant: {_EXAMPLE}.")]

    def take(self, params: DelayParams, turn: Turn) -> Done | Wait:
        written = (turn.progress or {}).get("until")
        until = datetime.fromisoformat(written) if written else _until(params, turn)
        progress = {"until": instants.write(until)}
        return Done(progress) if until <= turn.now else Wait(until, progress)


def _until(params: DelayParams, turn: Turn) -> datetime:
    """The end of the wait in UTC. Raises `ActionFailedError` (invalid_parameters)."""
    if params.until is None:
        return (turn.now + timedelta(seconds=params.seconds or 0)).astimezone(UTC)
    until = reading.instant(params.until, zone=reading.zone_of(turn.scope))
    if until is None:
        message = f"{params.until!r} is no instant; expected {_EXAMPLE}."
        raise ActionFailedError("invalid_parameters", message, is_retryable=False)
    if until > turn.now + timedelta(seconds=MAX_SECONDS):
        message = f"{params.until} is more than {MAX_SECONDS // 86_400} days away, the longest that can be waited."
        raise ActionFailedError("invalid_parameters", message, is_retryable=False)
    return until


register(Delay())
