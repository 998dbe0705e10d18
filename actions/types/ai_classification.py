"""`ai_classification`: have a model say which of the given labels fits a text."""

from typing import Any

from pydantic import BaseModel, Field, field_validator

from actions.ai import prompts, session, structured
from actions.ai.params import CONNECTION_PARAMS, MAX_TEXT_CHARACTERS, AiParams
from actions.base import ActionCall, ActionResult, ActionType, Effects
from actions.registry import register

Json = dict[str, Any]
MAX_LABELS = 100


class AiClassificationParams(AiParams):
    """What to look at, and the labels."""

    text: str = Field(min_length=1, max_length=MAX_TEXT_CHARACTERS, description="The text to classify.")
    labels: dict[str, str] | list[str] = Field(
        min_length=2,
        max_length=MAX_LABELS,
        description="The labels: a list, or an object that says what each means: {spam: unwanted advertising}.",
    )
    multi: bool = Field(False, description="Whether several labels may fit, or none.")
    threshold: float = Field(0.5, ge=0, le=1, description="With multi: from which score on a label fits.")
    instructions: str = Field("", max_length=20_000, description="What else to know about the labels.")

    @field_validator("labels")
    @classmethod
    def _are_names(cls, value: dict[str, str] | list[str]) -> dict[str, str] | list[str]:
        if len(set(value)) != len(value) or not all(0 < len(each) <= 100 for each in value):
            raise ValueError("labels differ from each other and have 1 to 100 characters")
        return value


class AiClassificationOutput(BaseModel):
    """The labels that fit, best first."""

    label: str | None = Field(description="The label with the highest score; with multi, null where none fits.")
    labels: list[str] = Field(description="Those that fit: one, or with multi any number.")
    confidence: float = Field(description="The score of `label`, from 0 to 1; 0 where there is none.")
    scores: dict[str, float] = Field(description="The score of every label, from 0 to 1.")


class AiClassification(ActionType[AiClassificationParams]):
    """Effects: none. Asking again costs again, and it is counted, but nothing happens to anybody.

    The model gives scores only; which label follows from them is decided here, so that they cannot contradict it.
    """

    key = "ai_classification"
    title = "Classify text"
    description = "Have an AI model say which of your labels fits a text."
    category = "ai"
    icon = "tags"
    effects = Effects.NONE
    allows_fast_forward = False
    params_model = AiClassificationParams
    output_model = AiClassificationOutput
    connection_params = CONNECTION_PARAMS

    def perform(self, params: AiClassificationParams, call: ActionCall) -> ActionResult:
        messages = [prompts.system(_task(params), prompts.DATA_RULE), prompts.data(params.text, call)]
        with session.opened(params, call) as asking:
            answer = structured.ask(asking, messages, schema=_schema(params), is_strict=True)
        return asking.result(_output(params, answer["scores"]))


def _task(params: AiClassificationParams) -> str:
    meanings = params.labels if isinstance(params.labels, dict) else {}
    lines = [f"- {label}{': ' if meanings.get(label) else ''}{meanings.get(label, '')}" for label in params.labels]
    how_many = "Any number of labels may fit." if params.multi else "Exactly one label fits."
    return "\n".join(
        [
            "Classify the text. Give each label a score from 0 (does not fit) to 1 (certainly fits).",
            how_many,
            "The labels:",
            *lines,
            params.instructions,
        ]
    )


def _schema(params: AiClassificationParams) -> Json:
    score = {
        "type": "object",
        "properties": {
            "label": {"type": "string", "enum": list(params.labels)},
            "score": {"type": "number", "minimum": 0, "maximum": 1},
        },
        "required": ["label", "score"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"scores": {"type": "array", "items": score, "minItems": 1, "maxItems": 2 * MAX_LABELS}},
        "required": ["scores"],
        "additionalProperties": False,
    }


def _output(params: AiClassificationParams, given: list[Json]) -> Json:
    """Labels without a score have 0; of labels with the same score, the one written first comes first."""
    scores = dict.fromkeys(params.labels, 0.0)
    for each in given:
        scores[each["label"]] = max(scores[each["label"]], float(each["score"]))
    best_first = sorted(scores, key=lambda label: -scores[label])
    fitting = [label for label in best_first if scores[label] >= params.threshold] if params.multi else best_first[:1]
    label = fitting[0] if fitting else None
    return {"label": label, "labels": fitting, "confidence": scores[label] if label else 0.0, "scores": scores}


register(AiClassification())
