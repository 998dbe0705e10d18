"""From a verified request to the type and the data of its event; and which parts of it may be kept."""

import json
from collections.abc import Mapping
from typing import Any

from core import documents
from core.errors import SequiturError
from core.expressions import templates
from core.expressions.scope import Scope
from core.redaction import is_secret_name
from triggers.engine import patterns

Json = dict[str, Any]

MAX_SECONDS = 0.5  # of rendering an event's type, and as much again for its data: the sender waits for both

_PROOFS = ("signature", "hmac")  # headers with these words in their names prove who sent the request


class MappingError(SequiturError):
    """The request does not have what the trigger makes an event of."""

    code = "mapping_failed"
    status = 422


def kept_headers(headers: Mapping[str, str], *, besides: str = "") -> dict[str, str]:
    """The headers without credentials, signatures, and the one named `besides`."""
    return {name: value for name, value in headers.items() if name != besides and not _is_proof(name)}


def kept_query(query: Json) -> Json:
    """The query without what its name says is secret."""
    return {name: value for name, value in query.items() if not is_secret_name(name)}


def _is_proof(name: str) -> bool:
    return is_secret_name(name) or any(word in name for word in _PROOFS)


def event_type(template: str, names: Json) -> str:
    """The type of the event. Raises `MappingError` when the template fails, or gives what can be no type."""
    rendered = _rendered(template, names, what="event")
    if not isinstance(rendered, str) or not patterns.is_name(rendered):
        raise MappingError(
            f"The event's type came out as {str(rendered)[:80]!r}; expected names joined by dots, like lead.created."
        )
    return rendered


def event_data(template: Any, names: Json, *, max_bytes: int) -> Json:
    """The data of the event; without a template the body, in an object of its own where it is none.

    Raises `MappingError` when a template fails, or gives no object, or one that cannot be stored.
    """
    if template is None:
        body = names["body"]
        return body if isinstance(body, dict) else {"body": body}
    rendered = _rendered(template, names, what="data")
    if not isinstance(rendered, dict):
        raise MappingError("The event's data did not come out as an object.")
    try:
        written = json.dumps(rendered, ensure_ascii=False, allow_nan=False).encode()
        data: Json = documents.parse_json(written, max_bytes=max_bytes)
    except SequiturError as error:
        raise MappingError(f"The event's data cannot be stored: {error.detail}") from None
    except ValueError:  # NaN, infinity, half a character
        raise MappingError("The event's data cannot be stored: it has a value that is no JSON.") from None
    return data


def _rendered(template: Any, names: Json, *, what: str) -> Any:
    try:
        with templates.within(MAX_SECONDS):
            return templates.render_structure(template, Scope(fallback=names))
    except templates.TemplateError as error:
        raise MappingError(f"The event's {what} cannot be made of this request. {error.detail}") from None
