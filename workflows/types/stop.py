"""`stop`: end the run well, before its last action."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from actions.base import ActionParams
from actions.registry import register
from workflows.engine.states import RunStatus
from workflows.types.base import ControlType, EndRun, Turn


class StopParams(ActionParams):
    """With what it ends."""

    message: str = Field("", max_length=10_000, description="Why, for those who read the run.")
    output: dict[str, Any] = Field({}, description="What a workflow that waits for this one reads as its output.")


class Stop(ControlType[StopParams]):
    """Nothing follows it. What runs at the moment ends as it would."""

    key = "stop"
    title = "Stop"
    description = "End the run as completed, without the actions that have not started."
    icon = "circle-stop"
    params_model = StopParams

    def ports(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        return ()

    def take(self, params: StopParams, turn: Turn) -> EndRun:
        return EndRun(RunStatus.COMPLETED, dict(params.output))


register(Stop())
