"""The answer of a chat as values; nothing in it is trusted to be there."""

from dataclasses import dataclass
from typing import Any

from actions.ai import failures

Json = dict[str, Any]
MAX_TOOL_CALLS = 100  # of one answer


@dataclass(frozen=True, slots=True)
class ToolCall:
    """That the model wants a tool; `arguments` is text that should be JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said. `message` is how it is repeated to it in the next question."""

    text: str
    is_truncated: bool
    tool_calls: tuple[ToolCall, ...]
    message: Json


def read(document: Any) -> Reply:
    """The first choice. Raises `ActionFailedError`: ai_invalid_answer (retryable) for what is none, ai_declined."""
    if not isinstance(document, dict):
        raise failures.malformed("it is no JSON object")
    choices = document.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise failures.malformed("it has no choices[0].message")
    if message.get("refusal") and isinstance(message["refusal"], str):
        raise failures.declined(message["refusal"])
    if choice.get("finish_reason") == "content_filter":
        raise failures.declined("its content filter stopped it")
    calls, text = _tool_calls(message.get("tool_calls")), message.get("content")
    if not isinstance(text, str) and not calls:
        raise failures.malformed("its message has neither text nor tool calls")
    return Reply(
        text=text if isinstance(text, str) else "",
        is_truncated=choice.get("finish_reason") == "length",
        tool_calls=calls,
        message=_repeated(text, calls),
    )


def _tool_calls(written: Any) -> tuple[ToolCall, ...]:
    if not written:
        return ()
    if not isinstance(written, list) or len(written) > MAX_TOOL_CALLS:
        raise failures.malformed(f"its tool_calls are no list of at most {MAX_TOOL_CALLS}")
    return tuple(_tool_call(each) for each in written)


def _tool_call(written: Any) -> ToolCall:
    function = written.get("function") if isinstance(written, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise failures.malformed("a tool call has no function.name")
    arguments = function.get("arguments")
    return ToolCall(str(written.get("id") or ""), function["name"], arguments if isinstance(arguments, str) else "")


def _repeated(text: Any, calls: tuple[ToolCall, ...]) -> Json:
    message: Json = {"role": "assistant", "content": text if isinstance(text, str) else None}
    if calls:
        message["tool_calls"] = [
            {"id": each.id, "type": "function", "function": {"name": each.name, "arguments": each.arguments}}
            for each in calls
        ]
    return message
