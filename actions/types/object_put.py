"""`object_put`: store a file under a key."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field, field_validator

from actions import outbound
from actions.base import ActionCall, ActionFailedError, ActionParams, ActionResult, ActionType, Effects
from actions.objects import stores
from actions.objects.base import MAX_OBJECT_BYTES, Content, Key
from actions.registry import register

MAX_METADATA = 20
_META_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
_HEADER = re.compile(r"[\x20-\x7e]{1,255}")
_TYPES = {"text": "text/plain; charset=utf-8", "json": "application/json", "base64": "application/octet-stream"}


class ObjectPutParams(ActionParams):
    """What is stored where."""

    connection: str | None = Field(
        None, description="A connection of the kind s3 or local_folder; without any, a folder of this machine."
    )
    key: Key = Field(description="The key, such as reports/2026/january.csv.")
    content: Any = Field(description="What to store, at most 1 MB.")
    content_format: Literal["text", "base64", "json"] | None = Field(
        None, description="How content is written; by default text is text, and everything else JSON."
    )
    content_type: str | None = Field(None, description="The media type; by default that of the format.")
    metadata: dict[str, str] = Field({}, max_length=MAX_METADATA, description="Words kept with it, in ASCII.")

    @field_validator("content_type")
    @classmethod
    def _is_header(cls, value: str | None) -> str | None:
        if value is not None and not _HEADER.fullmatch(value):
            raise ValueError("a media type is one line of ASCII, such as text/csv")
        return value

    @field_validator("metadata")
    @classmethod
    def _are_headers(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if not _META_NAME.fullmatch(name) or not (_HEADER.fullmatch(text) and text == text.strip()):
                raise ValueError("a name of metadata is letters, digits and -, a value one line of ASCII")
        return {name.lower(): text for name, text in value.items()}


class ObjectPutOutput(BaseModel):
    """What was stored."""

    key: str = Field(description="The key.")
    size: int = Field(description="Its size in bytes.")
    etag: str = Field(description="What the store calls this content.")


class ObjectPut(ActionType[ObjectPutParams]):
    """The same bytes under the same key on every attempt."""

    key = "object_put"
    aliases = ("r2_put", "s3_put")
    title = "Store file"
    description = "Store text, JSON or bytes under a key of an S3 bucket, or of a folder of this machine."
    category = "data"
    icon = "archive"
    effects = Effects.KEYED
    params_model = ObjectPutParams
    output_model = ObjectPutOutput
    connection_params: ClassVar[Mapping[str, frozenset[str]]] = {"connection": stores.KINDS}

    def perform(self, params: ObjectPutParams, call: ActionCall) -> ActionResult:
        written = params.content_format or ("text" if isinstance(params.content, str) else "json")
        body = _bytes(params.content, written)
        if len(body) > MAX_OBJECT_BYTES:
            raise _refused(f"the content has {len(body):,} bytes; at most {MAX_OBJECT_BYTES:,} are stored")
        content = Content(body, params.content_type or _TYPES[written], params.metadata)
        done = stores.opened(params.connection, call).put(params.key, content, call)
        etag = done.content.etag if done.content else ""
        output = {"key": params.key, "size": len(body), "etag": etag}
        return ActionResult(output=output, request=done.request, response=done.response)


def _bytes(content: Any, written: str) -> bytes:
    if written == "json":
        return outbound.json_bytes(content)
    if not isinstance(content, str):
        raise _refused(f"content is no text, as {written} is; write content_format: json")
    if written == "text":
        return content.encode("utf-8", "replace")
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise _refused("content is not in base64") from None


def _refused(text: str) -> ActionFailedError:
    return ActionFailedError("invalid_parameters", text, is_retryable=False)


register(ObjectPut())
