"""`create_clip`: cut a part out of a stream, by default of the one that the event is about."""

from typing import ClassVar
from urllib.parse import quote

from pydantic import BaseModel, Field

from actions import outbound
from actions.base import ActionCall, ActionFailedError, ActionParams, ActionResult, ActionType, Effects
from actions.connections import http
from actions.registry import register

KIND = "streaming"


class CreateClipParams(ActionParams):
    """What to cut out, relative to where something was detected."""

    stream_id: str = Field(
        "{{ stream.id }}", min_length=1, max_length=200, description="The stream; default: the event's."
    )
    at_seconds: float | None = Field(  # type: ignore[assignment]  # its default is rendered before it is a number
        "{{ offset_seconds | default(none) }}",
        ge=0,
        description="A place in the stream; default: the event's `offset_seconds`, else the stream's beginning.",
    )
    start_offset_seconds: float = Field(
        0, ge=-86_400, le=86_400, description="Where the clip begins, from that place; negative: before it."
    )
    duration_seconds: float = Field(gt=0, le=3600, description="How long the clip is.")
    title: str = Field(min_length=1, max_length=200, description="What it is called.")
    connection: str | None = Field(None, description="The connection to the service; not needed when there is one.")


class CreateClipOutput(BaseModel):
    """The clip."""

    id: str = Field(description="The clip's id.")
    stream_id: str = Field(description="What it was cut out of.")
    start_seconds: float = Field(description="Where in the stream it begins.")
    duration_seconds: float = Field(description="How long it is.")
    title: str = Field(description="What it is called.")


class CreateClip(ActionType[CreateClipParams]):
    """The service makes one clip for each idempotency key, so trying again is safe."""

    key = "create_clip"
    title = "Create clip"
    description = "Cut a clip out of a stream."
    category = "streaming"
    icon = "scissors"
    effects = Effects.KEYED
    params_model = CreateClipParams
    output_model = CreateClipOutput
    connection_params: ClassVar = {"connection": frozenset({KIND})}

    def perform(self, params: CreateClipParams, call: ActionCall) -> ActionResult:
        opened = call.connections.open(params.connection, kinds=frozenset({KIND}))
        start = max((params.at_seconds or 0) + params.start_offset_seconds, 0)
        body = {"start_seconds": start, "duration_seconds": params.duration_seconds, "title": params.title}
        request = http.request(
            opened,
            "POST",
            f"/streams/{_segment(params.stream_id)}/clips",
            headers={"Content-Type": "application/json", "Idempotency-Key": call.idempotency_key},
            body=outbound.json_bytes(body),
        )
        response = outbound.call(request, timeout_seconds=call.timeout_seconds, redactor=call.redactor)
        clip = response.value()
        if not isinstance(clip, dict):
            raise ActionFailedError("unexpected_answer", "the service did not answer with a clip", is_retryable=False)
        return ActionResult(
            output={name: clip.get(name) for name in CreateClipOutput.model_fields},
            request=request.as_json(call.redactor),
            response=response.as_json(call.redactor),
            usage={"clips_created": 1},
        )


def _segment(text: str) -> str:
    """An id as one segment of a path, whatever is in it."""
    if text in {".", ".."}:
        raise ActionFailedError("invalid_parameters", f"stream_id cannot be {text!r}", is_retryable=False)
    return quote(text, safe="")


register(CreateClip())
