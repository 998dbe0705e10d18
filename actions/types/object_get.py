"""`object_get`: read a file from under its key."""

import base64
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field

from actions.base import ActionCall, ActionFailedError, ActionParams, ActionResult, ActionType, Effects
from actions.objects import stores
from actions.objects.base import Content, Key
from actions.registry import register
from core import documents
from core.errors import SequiturError


class ObjectGetParams(ActionParams):
    """What is read."""

    connection: str | None = Field(
        None, description="A connection of the kind s3 or local_folder; without any, a folder of this machine."
    )
    key: Key = Field(description="The key, such as reports/2026/january.csv.")
    content_format: Literal["text", "base64", "json"] = Field("text", description="What the output's content is.")
    on_missing: Literal["fail", "continue"] = Field(
        "fail", description="Whether the action fails when there is nothing, or goes on and says so."
    )


class ObjectGetOutput(BaseModel):
    """What was read."""

    found: bool = Field(description="Whether there is something under the key.")
    key: str = Field(description="The key.")
    content: Any = Field(description="The content, in the format that was asked for.")
    content_type: str = Field(description="Its media type.")
    size: int = Field(description="Its size in bytes.")
    etag: str = Field(description="What the store calls this content.")
    metadata: dict[str, str] = Field(description="The words that are kept with it.")


class ObjectGet(ActionType[ObjectGetParams]):
    """At most a megabyte; nothing is changed."""

    key = "object_get"
    aliases = ("r2_get", "s3_get")
    title = "Read file"
    description = "Read text, JSON or bytes from a key of an S3 bucket, or of a folder of this machine."
    category = "data"
    icon = "archive"
    effects = Effects.NONE
    params_model = ObjectGetParams
    output_model = ObjectGetOutput
    connection_params: ClassVar[Mapping[str, frozenset[str]]] = {"connection": stores.KINDS}

    def perform(self, params: ObjectGetParams, call: ActionCall) -> ActionResult:
        done = stores.opened(params.connection, call).get(params.key, call)
        if done.content is None and params.on_missing == "fail":
            text = f"there is nothing under the key {params.key[:100]!r}"
            raise ActionFailedError("not_found", text, is_retryable=False, request=done.request, response=done.response)
        found = done.content or Content(b"", content_type="")
        output = {
            "found": done.content is not None,
            "key": params.key,
            "content": _value(found.body, params.content_format) if done.content else None,
            "content_type": found.content_type,
            "size": len(found.body),
            "etag": found.etag,
            "metadata": dict(found.metadata),
        }
        return ActionResult(output=output, request=done.request, response=done.response)


def _value(body: bytes, wanted: str) -> Any:
    if wanted == "base64":
        return base64.b64encode(body).decode()
    try:
        if wanted == "json":
            return documents.parse_json(body, max_bytes=len(body))
        text = body.decode()
        documents.check_storable(text)
    except (SequiturError, UnicodeDecodeError) as error:
        reason = error.detail if isinstance(error, SequiturError) else "It is not UTF-8."
        text = f"the content is not {wanted}: {reason} Ask for content_format: base64"
        raise ActionFailedError("wrong_format", text, is_retryable=False) from None
    return text


register(ObjectGet())
