"""`log_event`: write a line into the log of the worker, and into the run."""

from typing import Any, Literal

import structlog
from pydantic import BaseModel, Field

from actions.base import ActionCall, ActionParams, ActionResult, ActionType, Effects
from actions.registry import register

log = structlog.get_logger(__name__)

Level = Literal["debug", "info", "warning", "error"]


class LogEventParams(ActionParams):
    """What to write."""

    message: str = Field(max_length=10_000, description="The line to write.")
    level: Level = Field("info", description="How much it matters.")
    fields: dict[str, Any] = Field({}, description="Values to write beside it.")


class LogEventOutput(BaseModel):
    """What was written."""

    message: str
    level: str
    fields: dict[str, Any]


class LogEvent(ActionType[LogEventParams]):
    """One structured line; nothing happens outside."""

    key = "log_event"
    title = "Write log line"
    description = "Write a line into the log and into the run."
    category = "tools"
    icon = "file-text"
    effects = Effects.NONE
    is_instant = True
    params_model = LogEventParams
    output_model = LogEventOutput

    def sample(self, params: LogEventParams) -> dict[str, Any]:
        return params.model_dump()

    def perform(self, params: LogEventParams, call: ActionCall) -> ActionResult:
        written = call.redactor.clean(params.model_dump(), max_bytes=16 * 1024)
        names = {"run_id": str(call.run_id), "action": call.action_key}
        log.log(
            _LEVELS[params.level], "workflow log", **names, message=written.get("message"), fields=written.get("fields")
        )
        return ActionResult(output=params.model_dump())


_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}

register(LogEvent())
