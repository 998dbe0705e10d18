"""`ai_sentiment_analysis`: have a model say how somebody feels who wrote a text."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from actions.ai import prompts, session, structured
from actions.ai.params import CONNECTION_PARAMS, MAX_TEXT_CHARACTERS, AiParams
from actions.base import ActionCall, ActionResult, ActionType, Effects
from actions.registry import register

TASK = (
    "Say which sentiment the text expresses. label is positive, negative, mixed (both) or neutral (neither); score is "
    "from -1 (very negative) to 1 (very positive); confidence is from 0 to 1."
)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "label": {"type": "string", "enum": ["positive", "neutral", "negative", "mixed"]},
        "score": {"type": "number", "minimum": -1, "maximum": 1},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    },
    "required": ["label", "score", "confidence"],
    "additionalProperties": False,
}


class AiSentimentAnalysisParams(AiParams):
    """What to look at."""

    text: str = Field(min_length=1, max_length=MAX_TEXT_CHARACTERS, description="The text to look at.")
    about: str = Field("", max_length=1000, description="Whose or what sentiment counts, such as: our support.")


class AiSentimentAnalysisOutput(BaseModel):
    """How the text feels."""

    label: Literal["positive", "neutral", "negative", "mixed"] = Field(description="In one word.")
    score: float = Field(description="From -1, very negative, to 1, very positive.")
    confidence: float = Field(description="How sure the model is, from 0 to 1.")


class AiSentimentAnalysis(ActionType[AiSentimentAnalysisParams]):
    """Effects: none. Asking again costs again, and it is counted, but nothing happens to anybody."""

    key = "ai_sentiment_analysis"
    title = "Analyse sentiment"
    description = "Have an AI model say whether a text is positive, neutral, negative or mixed."
    category = "ai"
    icon = "smile"
    effects = Effects.NONE
    allows_fast_forward = False
    params_model = AiSentimentAnalysisParams
    output_model = AiSentimentAnalysisOutput
    connection_params = CONNECTION_PARAMS

    def perform(self, params: AiSentimentAnalysisParams, call: ActionCall) -> ActionResult:
        about = f"Only what it says about this counts: {params.about}" if params.about else ""
        messages = [prompts.system(TASK, about, prompts.DATA_RULE), prompts.data(params.text, call)]
        with session.opened(params, call) as asking:
            answer = structured.ask(asking, messages, schema=SCHEMA, is_strict=True)
        return asking.result(answer)


register(AiSentimentAnalysis())
