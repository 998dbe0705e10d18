"""What the body of a request says, by its content type: JSON, a form, text, or bytes in base64."""

import base64
from typing import Any
from urllib.parse import parse_qsl

from core import documents
from core.errors import MalformedError

MAX_FIELDS = 1000
FORM = "application/x-www-form-urlencoded"
PAYLOAD = "payload"  # GitHub and Slack send their JSON in a form's only field


def parse(raw: bytes, *, content_type: str, max_bytes: int) -> Any:
    """The value of a body: of JSON any, of a form an object, else text; an empty one is `{}`.

    What is no text that can be stored is `{"base64": ...}`. Raises `MalformedError` for JSON and forms that are none.
    """
    if not raw:
        return {}
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        return documents.parse_json(raw, max_bytes=max_bytes)
    if kind == FORM:
        return _form(raw, max_bytes=max_bytes)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _bytes(raw)
    return _bytes(raw) if documents.UNSTORABLE.search(text) else text


def fields(text: str) -> dict[str, Any]:
    """The fields of a form or of a URL's query; one that is given several times is a list.

    Raises `MalformedError` for too many of them, and characters that cannot be stored.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:  # UnicodeDecodeError is one
        raise MalformedError(f"The form or query is not UTF-8, or has more than {MAX_FIELDS} fields.") from None
    if any(documents.UNSTORABLE.search(part) for pair in pairs for part in pair):
        raise MalformedError("The form or query has a character that cannot be stored (NUL).")
    found: dict[str, Any] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _form(raw: bytes, *, max_bytes: int) -> Any:
    try:
        found = fields(raw.decode())
    except UnicodeDecodeError:
        raise MalformedError("The form is not UTF-8.") from None
    payload = found.get(PAYLOAD)
    if found.keys() == {PAYLOAD} and isinstance(payload, str) and payload.startswith(("{", "[")):
        return documents.parse_json(payload.encode(), max_bytes=max_bytes)
    return found


def _bytes(raw: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(raw).decode()}
