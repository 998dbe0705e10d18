"""An operation and its values as the request that is sent. Nothing in the values can change whom it is sent to."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from actions import outbound
from actions.base import ActionFailedError
from actions.connections.base import Authorization
from actions.connectors.checks import PLACEHOLDER, wire_name
from actions.connectors.document import ConnectorDocument, Operation, Param
from actions.outbound import OutboundRequest
from core.expressions import paths

Values = Mapping[str, Any]


def build(
    document: ConnectorDocument,
    operation: Operation,
    values: Values,
    *,
    base_url: str,
    authorization: Authorization,
    idempotency_key: str,
) -> OutboundRequest:
    """The request. Raises `ActionFailedError` (invalid_parameters, invalid_url), not retryable."""
    placed = {place: _in(operation, values, place) for place in ("path", "query", "header", "form")}
    content_type, body = _body(operation, values, placed["form"])
    headers = {
        "Accept": "application/json",
        **({"Content-Type": content_type} if content_type else {}),
        **document.headers,
        **operation.headers,
        **{name: _text(value, param) for name, (value, param) in placed["header"].items()},
        **({operation.idempotency_header: idempotency_key} if operation.idempotency_header else {}),
        **authorization.headers,
    }
    query = {name: _listed(value, param) for name, (value, param) in placed["query"].items()}
    return OutboundRequest(
        method=operation.method,
        url=_url(base_url, operation.path, {name: _text(*pair) for name, pair in placed["path"].items()}),
        headers=headers,
        query={**query, **authorization.query},
        body=body,
    )


def _in(operation: Operation, values: Values, place: str) -> dict[str, tuple[Any, Param]]:
    """What goes to a place, by the API's names."""
    return {
        wire_name(key, param): (values[key], param)
        for key, param in operation.params.items()
        if param.place == place and key in values
    }


def _url(base_url: str, path: str, names: Mapping[str, str]) -> str:
    """The base and the path, with each value as one segment (or a part of one), whatever is in it."""
    for name, text in names.items():
        if text in {"", ".", ".."}:
            message = f"the parameter for {{{name}}} in the path cannot be {text!r}"
            raise ActionFailedError("invalid_parameters", message, is_retryable=False)
    filled = PLACEHOLDER.sub(lambda match: quote(names[match[1]], safe=""), path)
    url = f"{base_url.rstrip('/')}{filled}"
    # Cannot be, since a path begins with a slash; credentials depend on it.
    if outbound.origin(url) != outbound.origin(base_url):
        raise ActionFailedError("invalid_url", "the request would leave its connection's host", is_retryable=False)
    return url


def _body(operation: Operation, values: Values, form: Mapping[str, Any]) -> tuple[str, bytes | None]:
    """The media type and the bytes."""
    if form:
        pairs = {name: _listed(value, param) for name, (value, param) in form.items()}
        return "application/x-www-form-urlencoded", urlencode(pairs, doseq=True).encode()
    wholes = [values[key] for key, each in operation.params.items() if each.place == "body" and key in values]
    if wholes:
        return "application/json", outbound.json_bytes(wholes[0])
    fields = _in(operation, values, "json")
    if not fields and operation.body is None and not any(p.place == "json" for p in operation.params.values()):
        return "", None
    made: dict[str, Any] = _copy(operation.body or {})
    for name, (value, param) in fields.items():
        _put(made, name, [{param.wrap: each} for each in value] if param.wrap else value)
    return "application/json", outbound.json_bytes(made)


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    *way, last = (str(step) for step in paths.parse(path).steps)
    place = body
    for step in way:
        inner = place.setdefault(step, {})
        place = inner if isinstance(inner, dict) else place
    place[last] = value


def _copy(value: Any) -> Any:
    return {key: _copy(each) for key, each in value.items()} if isinstance(value, dict) else value


def _listed(value: Any, param: Param) -> Any:
    if isinstance(value, list) and not param.separator:
        return [_word(each) for each in value]
    return _text(value, param)


def _text(value: Any, param: Param) -> str:
    if isinstance(value, list):
        return (param.separator or ",").join(_word(each) for each in value)
    return _word(value)


def _word(value: Any) -> str:
    """Booleans as JSON writes them, not as Python does."""
    return str(value).lower() if isinstance(value, bool) else str(value)
