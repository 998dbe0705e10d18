"""`ai_named_entity_recognition`: have a model find the names in a text, and find out ourselves where they stand."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, Field

from actions.ai import prompts, session, structured
from actions.ai.params import CONNECTION_PARAMS, MAX_TEXT_CHARACTERS, AiParams
from actions.base import ActionCall, ActionResult, ActionType, Effects
from actions.registry import register

Json = dict[str, Any]
MAX_ENTITIES = 1000
DEFAULT_TYPES = ["person", "organisation", "location", "date", "money", "product"]


class AiNamedEntityRecognitionParams(AiParams):
    """What to look at, and what to look for."""

    text: str = Field(min_length=1, max_length=MAX_TEXT_CHARACTERS, description="The text to look at.")
    types: list[str] = Field(
        DEFAULT_TYPES, min_length=1, max_length=100, description="The kinds of names to find, such as person, company."
    )


class Entity(BaseModel):
    """A name in the text."""

    text: str = Field(description="As it stands in the text.")
    type: str = Field(description="One of `types`.")
    start: int = Field(description="Where it begins, in characters from 0.")
    end: int = Field(description="Where it ends: text[start:end] is the name.")


class AiNamedEntityRecognitionOutput(BaseModel):
    """The names, in the order of the text."""

    entities: list[Entity] = Field(description="Those that do stand in the text.")
    unverified: list[dict[str, str]] = Field(description="Those that the model named and the text does not have.")


class AiNamedEntityRecognition(ActionType[AiNamedEntityRecognitionParams]):
    """Effects: none. Asking again costs again, and it is counted, but nothing happens to anybody.

    Models cannot count characters, so what they say about places is a hint at the most: every name is looked up in the
    text, and one that is not there is no entity.
    """

    key = "ai_named_entity_recognition"
    aliases = ("ai_ner",)
    title = "Find names in text"
    description = "Have an AI model find people, organisations, places and the like in a text."
    category = "ai"
    icon = "scan-text"
    effects = Effects.NONE
    allows_fast_forward = False
    params_model = AiNamedEntityRecognitionParams
    output_model = AiNamedEntityRecognitionOutput
    connection_params = CONNECTION_PARAMS

    def perform(self, params: AiNamedEntityRecognitionParams, call: ActionCall) -> ActionResult:
        task = (
            "Find every name of these types in the text, each occurrence on its own and in its order: "
            f"{', '.join(params.types)}. `text` is copied from the text character by character; `start` is the place "
            "of its first character, counted from 0."
        )
        messages = [prompts.system(task, prompts.DATA_RULE), prompts.data(params.text, call)]
        with session.opened(params, call) as asking:
            answer = structured.ask(asking, messages, schema=_schema(params), is_strict=True)
        return asking.result(_located(params.text, answer["entities"]))


def _schema(params: AiNamedEntityRecognitionParams) -> Json:
    entity = {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "type": {"type": "string", "enum": params.types},
            "start": {"type": "integer"},
        },
        "required": ["text", "type", "start"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"entities": {"type": "array", "items": entity, "maxItems": MAX_ENTITIES}},
        "required": ["entities"],
        "additionalProperties": False,
    }


def _located(text: str, found: list[Json]) -> Json:
    """Each name at the occurrence nearest to where the model says that it is, none of them twice."""
    entities: list[Json] = []
    unverified: list[Json] = []
    taken: set[tuple[int, str]] = set()
    places = {name: list(_occurrences(text, name)) for name in {each["text"] for each in found}}
    for each in found:
        free = [start for start in places[each["text"]] if (start, each["text"]) not in taken]
        if not free:
            unverified.append({"text": each["text"], "type": each["type"]})
            continue
        start = min(free, key=lambda at: abs(at - each["start"]))
        taken.add((start, each["text"]))
        entities.append({"text": each["text"], "type": each["type"], "start": start, "end": start + len(each["text"])})
    return {"entities": sorted(entities, key=lambda each: (each["start"], each["end"])), "unverified": unverified}


def _occurrences(text: str, name: str) -> Iterator[int]:
    start = text.find(name) if name.strip() else -1
    for _ in range(MAX_ENTITIES):
        if start < 0:
            return
        yield start
        start = text.find(name, start + 1)


register(AiNamedEntityRecognition())
