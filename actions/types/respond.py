"""`respond`: say what the sender of a webhook is answered, when its trigger waits for it."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, field_validator

from actions.base import ActionCall, ActionParams, ActionResult, ActionType, Effects
from actions.registry import register
from core.redaction.shortening import size_bytes

MAX_BYTES = 64 * 1024
MAX_HEADERS = 50

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VALUE = re.compile(r"[\x20-\x7e]{0,2000}")
# They say where a message ends, or what browsers may do at our origin: ours to say.
_OURS = frozenset(
    {
        "clear-site-data", "connection", "content-encoding", "content-length", "content-security-policy", "date",
        "keep-alive", "proxy-authenticate", "proxy-connection", "server", "service-worker-allowed", "set-cookie",
        "strict-transport-security", "te", "trailer", "transfer-encoding", "upgrade", "x-content-type-options",
        "x-frame-options",
    }
)  # fmt: skip


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("the name of a header is letters, digits and hyphens")
    if name.lower() in _OURS:
        raise ValueError(f"the header {name!r} is set by the engine")
    return name


def _value(value: str) -> str:
    if not _VALUE.fullmatch(value):
        raise ValueError("the value of a header is ASCII text without line breaks, of at most 2,000 characters")
    return value


class RespondParams(ActionParams):
    """The answer."""

    status: int = Field(200, ge=200, le=599, description="The status code.")
    headers: dict[Annotated[str, AfterValidator(_name)], Annotated[str, AfterValidator(_value)]] = Field(
        {}, max_length=MAX_HEADERS, description="Headers of the answer."
    )
    body: Any = Field(None, description="Text is sent as it is, everything else as JSON; null is no body.")

    @field_validator("body")
    @classmethod
    def _bounded(cls, body: Any) -> Any:
        if size_bytes(body) > MAX_BYTES:
            raise ValueError(f"the body is longer than {MAX_BYTES:,} bytes as JSON")
        return body


class RespondOutput(BaseModel):
    """What is answered."""

    status: int
    headers: dict[str, str]
    body: Any


class Respond(ActionType[RespondParams]):
    """Its output is the answer; whoever waits for it reads it there, and nothing happens when nobody waits."""

    key = "respond"
    title = "Respond"
    description = "Answer the request of the webhook that started the run (`respond: respond_action`)."
    category = "tools"
    icon = "reply"
    effects = Effects.NONE
    is_pure = True
    can_be_tool = False  # the sender is answered by what an action of this type left
    is_instant = True
    params_model = RespondParams
    output_model = RespondOutput

    def perform(self, params: RespondParams, call: ActionCall) -> ActionResult:
        return ActionResult(output=params.model_dump())


register(Respond())
