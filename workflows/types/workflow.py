"""`workflow`: start a run of another workflow, and wait for it or not."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from django.conf import settings
from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from actions.base import ActionFailedError, ActionParams
from actions.registry import register
from core.expressions import templates
from core.redaction.shortening import size_bytes
from workflows.engine.states import RunStatus
from workflows.types.base import ControlType, Done, Json, StartRun, Turn, Wait

MAX_NAME_CHARACTERS = 220
Kind = Literal["text", "number", "boolean", "list", "object"]

_IS: dict[str, Callable[[object], bool]] = {
    "text": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _fits_an_event(data: dict[str, Any]) -> dict[str, Any]:
    if size_bytes(data) > settings.SEQUITUR_MAX_EVENT_BYTES:
        raise ValueError(f"the data is longer than {settings.SEQUITUR_MAX_EVENT_BYTES:,} bytes as JSON")
    return data


class WorkflowParams(ActionParams):
    """Which workflow, with what, and what is expected of it."""

    workflow: str = Field(min_length=1, max_length=MAX_NAME_CHARACTERS, description="The name or slug of a workflow.")
    data: Annotated[dict[str, Any], AfterValidator(_fits_an_event)] = Field(
        {}, description="The data of the event that the run begins with."
    )
    wait: bool = Field(True, description="Whether to go on only when that run has ended.")
    returns: dict[Annotated[str, StringConstraints(min_length=1, max_length=200)], Kind] = Field(
        {}, max_length=50, description="What the output of the run must have: text, number, boolean, list or object."
    )

    @model_validator(mode="after")
    def _has_to_wait(self) -> "WorkflowParams":
        if self.returns and not self.wait:
            raise ValueError("returns needs wait: without it nothing is known of how the run ends")
        return self


class WorkflowOutput(BaseModel):
    """The run that was started; its status and output once it was waited for."""

    run: str = Field(description="The id of the run.")
    status: str = Field(description="How far it was.")
    output: dict[str, Any] = Field(description="What its `stop` gave.")


class WorkflowType(ControlType[WorkflowParams]):
    """A run that did not complete is a failure of this action, which is not retried: it has had its own retries."""

    key = "workflow"
    title = "Sub-workflow"
    description = "Start another workflow, and go on when its run has completed."
    icon = "workflow"
    params_model = WorkflowParams
    output_model = WorkflowOutput
    keeps_params: ClassVar[bool] = True  # in the event of the run that it starts

    def starts(self, params: Mapping[str, Any]) -> Mapping[str, str]:
        name = params.get("workflow")
        return {"/workflow": name} if isinstance(name, str) and not templates.is_template(name) else {}

    def take(self, params: WorkflowParams, turn: Turn) -> StartRun | Done | Wait:
        if turn.progress is None:
            return StartRun(params.workflow, dict(params.data), params.wait)
        child = turn.progress.get("child") or {}
        match child.get("status"):
            case RunStatus.COMPLETED:
                return _returned(params, child)
            case RunStatus.FAILED | RunStatus.CANCELLED:
                raise _failure(child)
        return Wait(None, turn.progress)


def _returned(params: WorkflowParams, child: Json) -> Done:
    """Raises `ActionFailedError` (unexpected_result) that names what is missing, and no value."""
    output = child.get("output") or {}
    wrong = [f"{name} as {kind}" for name, kind in params.returns.items() if not _IS[kind](output.get(name))]
    if wrong:
        message = f"The run {child['run']} of {params.workflow!r} did not return {', '.join(wrong)}."
        raise ActionFailedError("unexpected_result", message, is_retryable=False)
    return Done({"run": child["run"], "status": RunStatus.COMPLETED.value, "output": output})


def _failure(child: Json) -> ActionFailedError:
    status, error = child["status"], child.get("error") or {}
    why = f": {error['code']}: {error['message']}" if error else ""
    return ActionFailedError(f"child_{status}", f"The run {child['run']} {_ENDED[status]}{why}", is_retryable=False)


_ENDED = {RunStatus.FAILED: "failed", RunStatus.CANCELLED: "was cancelled"}

register(WorkflowType())
