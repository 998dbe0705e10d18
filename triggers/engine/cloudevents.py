"""CloudEvents 1.0 as events of ours: the JSON format, and binary mode, whatever carries the attributes. Pure.

Source: https://github.com/cloudevents/spec (spec.md, JSON format; v1.0.2).
docs/events.md says where we accept less than they allow, and why.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from core import documents, pointers, validation
from core.errors import InvalidError, Problem
from triggers.engine import patterns
from triggers.engine.incoming import IncomingEvent

REQUIRED = ("specversion", "id", "source", "type")
DETAIL = "This is no CloudEvent."
_NAME = re.compile(r"[a-z0-9]+")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+\s*(;.*)?", re.ASCII | re.DOTALL)
_JSON_TYPE = re.compile(r"[^/]+/(?:[^;]*\+)?json\s*(?:;|$)", re.IGNORECASE)
_TEXT_TYPE = re.compile(r"(?:text/|[^/]+/(?:[^;]*\+)?xml\s*(?:;|$))", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_INT32 = 2**31


def _without_controls(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("expected text without control characters")
    return text


Text = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_without_controls)]
LongText = Annotated[str, Field(min_length=1, max_length=2048), AfterValidator(_without_controls)]


class CloudEvent(BaseModel):
    """A CloudEvent in the JSON format. Other members are its extensions; null is as good as absent."""

    model_config = ConfigDict(extra="allow")

    specversion: Literal["1.0"]
    id: Text = Field(examples=["order-7"])
    source: Text = Field(examples=["https://shop.example/orders"])
    type: Text = Field(examples=["com.example.order.paid"], description="Names joined by dots; triggers listen to it")
    subject: Text | None = None
    time: str | None = Field(None, description="RFC 3339")
    datacontenttype: LongText | None = None
    dataschema: LongText | None = None
    data: Any = Field(None, description="Any JSON; names of templates are found in objects only")
    data_base64: str | None = Field(None, description="Bytes, in the place of `data`")

    @field_validator("type")
    @classmethod
    def is_name(cls, value: str) -> str:
        if not patterns.is_name(value):
            raise ValueError("expected letters, digits, _ / : + and -, in names joined by dots, like com.example.paid")
        return value

    @field_validator("time")
    @classmethod
    def is_an_instant(cls, value: str | None) -> str | None:
        if value is not None:
            _instant(value)
        return value

    @field_validator("datacontenttype")
    @classmethod
    def is_a_media_type(cls, value: str | None) -> str | None:
        if value is not None and not _MEDIA_TYPE.fullmatch(value):
            raise ValueError("expected a media type, like application/json")
        return value


def read(document: Mapping[str, Any]) -> IncomingEvent:
    """The event of a JSON document (structured mode). Raises `InvalidError` with every problem."""
    return _incoming(_checked(document, where={}))


def read_binary(
    attributes: Mapping[str, str], body: bytes, *, content_type: str, where: Mapping[str, str]
) -> IncomingEvent:
    """The event of a message in binary mode: its attributes by name, which stood at the places `where`, and its data.

    Raises `InvalidError` with every problem.
    """
    document: dict[str, Any] = {**attributes}
    for name in ("data", "data_base64", "datacontenttype"):
        if name in document:
            problem = Problem(
                where.get(name, f"/{name}"), "unknown_field", "Send the data as body, and its type as Content-Type."
            )
            raise InvalidError(DETAIL, problems=[problem])
    if body:
        document["data_base64"] = base64.b64encode(body).decode()
        if content_type:
            document["datacontenttype"] = content_type
    return _incoming(_checked(document, where=where))


def _checked(document: Mapping[str, Any], *, where: Mapping[str, str]) -> CloudEvent:
    """`where` has the places of attributes that do not stand in a document."""
    found = [*_problems_of_extensions(document)]
    event: CloudEvent | None = None
    try:
        event = CloudEvent.model_validate(document)
    except ValidationError as error:
        found = [*validation.problems(error, model=CloudEvent), *found]
    if event is None or found:
        moved = [Problem(where.get(each.path[1:], each.path), each.code, each.message) for each in found]
        raise InvalidError(DETAIL, problems=moved)
    return event


def _problems_of_extensions(document: Mapping[str, Any]) -> Iterator[Problem]:
    for name, value in document.items():
        if name in CloudEvent.model_fields or value is None:
            continue
        path = pointers.join("", name)
        if not _NAME.fullmatch(name):
            message = f"{name[:64]!r} is no name of an attribute: lower-case letters and digits only."
            yield Problem(path, "unknown_field", message)
        elif isinstance(value, str):
            if _CONTROL.search(value):
                yield Problem(path, "invalid", "expected text without control characters.")
        elif not isinstance(value, int) or not -_INT32 <= value < _INT32:  # true and false are integers to Python
            yield Problem(path, "invalid", "An extension is text, true or false, or a whole number of 32 bits.")
    if document.get("data") is not None and document.get("data_base64") is not None:
        yield Problem("/data_base64", "invalid", "There is `data` too; send one of them.")


def _incoming(event: CloudEvent) -> IncomingEvent:
    data: Any = event.data
    kept: dict[str, str] = {}
    if event.data_base64 is not None:
        data, kept = _content(_decoded(event.data_base64), media_type=event.datacontenttype or "")
    attributes = {name: getattr(event, name) for name in ("datacontenttype", "dataschema")}
    extensions = {**(event.model_extra or {}), **attributes, **kept}
    return IncomingEvent(
        type=event.type,
        data={} if data is None else data,
        id=event.id,
        source=event.source,
        subject=event.subject or "",
        time=None if event.time is None else _instant(event.time),
        extensions={name: value for name, value in extensions.items() if value is not None} or None,
    )


def _content(raw: bytes, *, media_type: str) -> tuple[Any, dict[str, str]]:
    """Bytes as data, and the extension that says how: JSON is parsed, text kept, everything else is base64 again."""
    if _JSON_TYPE.match(media_type):
        return documents.parse_json(raw, max_bytes=len(raw)), {}
    if _TEXT_TYPE.match(media_type):
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = "\0"
        if not documents.UNSTORABLE.search(text):
            return text, {}
    return base64.b64encode(raw).decode(), {"datacontentencoding": "base64"}


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        problem = Problem("/data_base64", "invalid", "This is not base64 (RFC 4648, with its padding).")
        raise InvalidError(DETAIL, problems=[problem]) from None


def _instant(text: str) -> datetime:
    """The instant in UTC; digits after microseconds are cut off. Raises ValueError for anything but RFC 3339."""
    if not _TIME.fullmatch(text):
        raise ValueError("expected a time of RFC 3339, with seconds and offset, like 2026-01-31T09:30:00Z")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("there is no such instant (seconds go to 59, offsets to 23:59, years to 9999)") from None
