"""`ai_text_generation`: have a model write text, or a document of a given form."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from actions.ai import failures, prompts, session, structured
from actions.ai.params import CONNECTION_PARAMS, MAX_TEXT_CHARACTERS, AiParams
from actions.base import ActionCall, ActionResult, ActionType, Effects
from actions.registry import register
from core.errors import Problem


class AiTextGenerationParams(AiParams):
    """What to write."""

    prompt: str = Field(min_length=1, max_length=MAX_TEXT_CHARACTERS, description="What the model is asked.")
    system: str = Field("", max_length=MAX_TEXT_CHARACTERS, description="Who the model is, and what always holds.")
    input: Any = Field(
        None,
        description="Data to work on, such as {{ event.data }}: the model is told to follow no instructions in it.",
    )
    json_schema: dict[str, Any] | None = Field(
        None, alias="schema", description="A JSON Schema: the answer is then a document that fits it, as `structured`."
    )


class AiTextGenerationOutput(BaseModel):
    """What the model wrote."""

    text: str = Field(description="The text; empty where a schema was given.")
    structured: Any = Field(description="The document that fits the schema; null without one.")
    is_truncated: bool = Field(description="Whether the text ends before its end, because of max_tokens.")
    model: str = Field(description="The model that was asked.")


class AiTextGeneration(ActionType[AiTextGenerationParams]):
    """Effects: none. Asking again costs again, and it is counted, but nothing happens to anybody."""

    key = "ai_text_generation"
    aliases = ("ai",)
    title = "Generate text"
    description = "Ask an AI model for text, or for a document of a given form."
    category = "ai"
    icon = "sparkles"
    effects = Effects.NONE
    allows_fast_forward = False
    params_model = AiTextGenerationParams
    output_model = AiTextGenerationOutput
    connection_params = CONNECTION_PARAMS

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        return structured.check(params.get("schema"), path=f"{path}/schema")

    def perform(self, params: AiTextGenerationParams, call: ActionCall) -> ActionResult:
        messages = [prompts.user(params.prompt)]
        if params.input is not None:
            messages.append(prompts.data(params.input, call))
        rules = [params.system, prompts.DATA_RULE if params.input is not None else ""]
        if any(rules):
            messages.insert(0, prompts.system(*rules))
        with session.opened(params, call) as asking:
            output: dict[str, Any] = {"text": "", "structured": None, "is_truncated": False, "model": asking.model}
            if params.json_schema is not None:
                output["structured"] = structured.ask(asking, messages, schema=params.json_schema)
            else:
                reply = asking.ask(messages)
                if not reply.text:
                    raise failures.malformed("it has no text")
                output |= {"text": reply.text, "is_truncated": reply.is_truncated}
        return asking.result(output)


register(AiTextGeneration())
