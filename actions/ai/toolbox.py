"""Perform what a model asks for, by the rules that hold for every action: its parameter model, its role, its door."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from actions import checking
from actions.ai.answers import ToolCall
from actions.ai.tools import Tool
from actions.base import ActionCall, ActionFailedError, ActionResult, EmittedEvent
from core import documents
from core.errors import SequiturError
from core.redaction.shortening import shorten

Json = dict[str, Any]
MAX_ARGUMENT_BYTES = 256 * 1024
TOLD_BYTES = 16 * 1024  # of an output: what the model reads is paid for
KEPT_BYTES = 4 * 1024  # of arguments and of an output in `steps`


@dataclass(slots=True)
class Toolbox:
    """The tools of one try and what was done with them. `has_done_once`: something happened that must not happen twice.

    `usage` is what they used up, `events` and `variables` are what they gave.
    """

    tools: Mapping[str, Tool]
    call: ActionCall
    steps: list[Json] = field(default_factory=list)
    events: list[EmittedEvent] = field(default_factory=list)
    variables: Json = field(default_factory=dict)
    has_done_once: bool = False

    def use(self, wanted: ToolCall, *, timeout_seconds: float) -> tuple[Json, dict[str, int | float]]:
        """Do what the model asks for; the message that tells it how that went, and what was used up.

        Whatever it asked for in a wrong way is told to it, and not done. Raises `ActionFailedError` only where nobody
        knows whether something was done (`is_outcome_unknown`).
        """
        number = len(self.steps) + 1
        step: Json = {"step": number, "tool": wanted.name, "arguments": {}}
        self.steps.append(step)
        usage: dict[str, int | float] = {}
        try:
            tool = self._tool(wanted.name)
            arguments = _arguments(wanted, tool)
            step |= {"type": tool.action_type.key, "arguments": self._shown(arguments)}
            result = self._perform(tool, arguments, number=number, timeout_seconds=timeout_seconds)
            usage = result.usage
            told = self.call.redactor.clean(result.output, max_bytes=TOLD_BYTES)
            step |= {"status": "completed", "output": self._shown(result.output)}
        except ActionFailedError as error:
            usage, told = error.usage, self.call.redactor.clean({"error": error.code, "message": error.message})
            step |= {"status": "failed", "error": {"code": error.code, "message": told["message"]}}
            if error.is_outcome_unknown:
                error.usage = usage
                raise
        return {"role": "tool", "tool_call_id": wanted.id, "content": json.dumps(told, ensure_ascii=False)}, usage

    def _tool(self, name: str) -> Tool:
        if name not in self.tools:
            text = f"there is no tool {name[:100]!r}; there are {', '.join(self.tools) or 'none'}"
            raise ActionFailedError("unknown_tool", text, is_retryable=False)
        return self.tools[name]

    def _perform(self, tool: Tool, arguments: Json, *, number: int, timeout_seconds: float) -> ActionResult:
        params = checking.validated(tool.action_type, {**arguments, **tool.part.params})
        call = replace(
            self.call,
            idempotency_key=key(self.call.idempotency_key, number=number, name=tool.name, arguments=arguments),
            timeout_seconds=timeout_seconds,
        )
        if tool.is_once:
            self.has_done_once = True  # or perhaps not, if it fails: to try again is not worth the doubt
        result: ActionResult = tool.action_type.perform(params, call)
        self.events += result.events
        self.variables |= result.variables
        return result

    def _shown(self, value: Json) -> Any:
        return shorten(self.call.redactor.clean(value), max_bytes=KEPT_BYTES)


def key(base: str, *, number: int, name: str, arguments: Json) -> str:
    """The idempotency key of a step: the same when another attempt comes to the same step in the same way."""
    digest = hashlib.sha256(json.dumps(arguments, sort_keys=True).encode()).hexdigest()[:16]
    return f"{base}/{number}/{name}/{digest}"


def _arguments(wanted: ToolCall, tool: Tool) -> Json:
    """What the model gave. Raises `ActionFailedError` (invalid_arguments) for what is no object of open parameters."""
    try:
        found = documents.parse_json(
            (wanted.arguments or "{}").encode("utf-8", "replace"), max_bytes=MAX_ARGUMENT_BYTES
        )
    except SequiturError as error:
        raise ActionFailedError("invalid_arguments", error.detail, is_retryable=False) from None
    if not isinstance(found, dict):
        raise ActionFailedError("invalid_arguments", "the arguments are no JSON object", is_retryable=False)
    if refused := sorted(found.keys() - tool.open):
        text = f"{tool.name} does not take {', '.join(refused)[:200]}; it takes {', '.join(sorted(tool.open))}"
        raise ActionFailedError("invalid_arguments", text, is_retryable=False)
    return found
