"""What the models of a connector cannot say: parts that contradict each other, each problem with its place."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from actions.base import ActionFailedError
from actions.connections.oauth import OURS
from actions.connections.urls import check_url
from actions.connectors import shapes
from actions.connectors.document import (
    ApiKeyAuth,
    Auth,
    BasicAuth,
    ConnectorDocument,
    Errors,
    OAuth2Auth,
    Operation,
    Param,
    Shape,
)
from actions.outbound import preparing
from core import pointers, validation
from core.errors import Problem, SequiturError
from core.expressions import paths, templates

MAX_DEPTH = 8  # of the shape of a parameter
MAX_SHAPES = 6000  # of all parameters, those inside counted: each is a field of a model in every process
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_URL_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%{}-]*)+")
_RESERVED_HEADERS = frozenset(
    {
        "accept-encoding", "authorization", "connection", "content-length", "content-type", "cookie", "expect", "host",
        "keep-alive", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
_RESERVED_SETTINGS = frozenset({"base_url", "client_id", "scopes", "authorize_url", "token_url"})
_SCALARS = frozenset({"string", "integer", "number", "boolean"})
_BODIES = ("json", "form", "body")


def check(document: ConnectorDocument) -> Iterator[Problem]:
    """Every problem of a connector whose parts are well formed."""
    yield from _base_url(document)
    auth = document.auth
    if isinstance(auth, BasicAuth) and auth.username_setting and auth.username_setting not in document.settings:
        guess = validation.did_you_mean(auth.username_setting, document.settings)
        yield Problem("/auth/username_setting", "unknown_setting", f"There is no setting of this name.{guess}")
    yield from _oauth(auth)
    for name in document.settings:
        if name in _RESERVED_SETTINGS or name.startswith("model_") or hasattr(BaseModel, name):
            yield Problem(f"/settings/{name}", "reserved", f"{name!r} cannot be the name of a setting; take another.")
    yield from _headers(document.headers, path="/headers", document=document)
    yield from _errors(document.errors, path="/errors")
    if document.test is not None:
        yield from _url_path(document.test.path, path="/test/path", names=())
    shapes_in_all = sum(_count(each) for operation in document.operations for each in operation.params.values())
    if shapes_in_all > MAX_SHAPES:
        yield Problem("/operations", "too_many", f"There are {shapes_in_all:,} parameters; at most {MAX_SHAPES:,} fit.")
        return
    seen: set[str] = set()
    for index, operation in enumerate(document.operations):
        if operation.key in seen:
            yield Problem(f"/operations/{index}/key", "duplicate_key", f"There are two operations {operation.key!r}.")
        seen.add(operation.key)
        yield from _operation(operation, path=f"/operations/{index}", document=document)


def _oauth(auth: Auth) -> Iterator[Problem]:
    """Where people agree and tokens are fetched: a browser is sent there, and the client's secret."""
    if not isinstance(auth, OAuth2Auth):
        return
    for name, url in (("authorize_url", auth.authorize_url), ("token_url", auth.token_url)):
        try:
            if url is not None:
                check_url(url)
        except ValueError as error:
            yield Problem(f"/auth/{name}", "invalid_url", f"{error}.")
    if auth.authorize_url is not None and auth.token_url is None:
        yield Problem("/auth/token_url", "missing", "Where people agree to something, tokens are fetched: say where.")
    for name in sorted(auth.authorize_params.keys() & OURS):
        path = pointers.join("/auth/authorize_params", name)
        yield Problem(path, "reserved", f"The parameter {name!r} is set by the engine.")


def _base_url(document: ConnectorDocument) -> Iterator[Problem]:
    url = document.base_url
    for name in PLACEHOLDER.findall(url):
        if name not in document.settings:
            guess = validation.did_you_mean(name, document.settings)
            yield Problem("/base_url", "unknown_setting", f"There is no setting {name[:64]!r}.{guess}")
    try:
        preparing.check_url(PLACEHOLDER.sub("x", url))
    except ActionFailedError as error:
        yield Problem("/base_url", "invalid_url", f"{error.message[:1].upper()}{error.message[1:]}.")
    if "?" in url or "#" in url:
        yield Problem("/base_url", "invalid_url", "It ends before `?` and `#`; write query parameters as such.")


def _operation(operation: Operation, *, path: str, document: ConnectorDocument) -> Iterator[Problem]:
    in_path = [wire_name(key, each) for key, each in operation.params.items() if each.place == "path"]
    yield from _url_path(operation.path, path=f"{path}/path", names=in_path)
    yield from _headers(operation.headers, path=f"{path}/headers", document=document)
    for key, param in operation.params.items():
        yield from _param(key, param, path=pointers.join(path, "params", key), document=document)
    yield from _together(operation, path=path)
    if operation.errors is not None:
        yield from _errors(operation.errors, path=f"{path}/errors")
    for name, output in operation.response.items():
        text = output if isinstance(output, str) else output.path
        yield from _output_path(text, path=pointers.join(path, "response", name))


def _url_path(text: str, *, path: str, names: Iterable[str]) -> Iterator[Problem]:
    bare = PLACEHOLDER.sub("", text)
    if not _URL_PATH.fullmatch(text) or text.startswith("//") or "{" in bare or "}" in bare:
        message = "Expected a path such as `/crm/objects/{id}`; query parameters are written as parameters."
        yield Problem(path, "invalid_path", message)
    elif {".", ".."} & {*text.split("/")}:
        yield Problem(path, "invalid_path", "A path has no `.` and `..`.")
    placed, known = PLACEHOLDER.findall(text), [*names]
    for name in placed:
        if name not in known:
            yield Problem(path, "unknown_param", f"{{{name[:64]}}} is none of the parameters with `in: path`.")
    for name in known:
        if name not in placed:
            yield Problem(path, "unused_param", f"The parameter {name[:64]!r} has `in: path`, but no place in it.")


def _headers(headers: Mapping[str, str], *, path: str, document: ConnectorDocument) -> Iterator[Problem]:
    for name in headers:
        yield from _header(name, path=pointers.join(path, name), document=document)


def _header(name: str, *, path: str, document: ConnectorDocument) -> Iterator[Problem]:
    ours = {each.idempotency_header.lower() for each in document.operations if each.idempotency_header}
    if isinstance(document.auth, ApiKeyAuth) and document.auth.place == "header":
        ours.add(document.auth.name.lower())
    if name.lower() in _RESERVED_HEADERS | ours:
        yield Problem(path, "reserved_header", f"The header {name!r} is set by the engine.")


def _param(key: str, param: Param, *, path: str, document: ConnectorDocument) -> Iterator[Problem]:
    if key == "connection":
        yield Problem(path, "reserved", "`connection` is a parameter of every operation already.")
    if _depth(param) > MAX_DEPTH:
        yield Problem(path, "too_deep", f"The shape of a parameter has at most {MAX_DEPTH} levels.")
        return
    lists_are_fine = param.place in {"query", "form"} or (param.place == "header" and param.separator)
    item = param.items.type if param.items else "string"
    if param.place not in {"json", "body"} and not (
        param.type in _SCALARS or (param.type == "array" and lists_are_fine and item in _SCALARS)
    ):
        yield Problem(path, "invalid_type", f"A value of type {param.type} cannot stand in a {param.place}.")
    if param.wrap and (param.type != "array" or param.place != "json"):
        yield Problem(f"{path}/wrap", "invalid", "`wrap` is for lists in json.")
    if param.place == "path" and not (param.required or param.default not in (None, "")):
        yield Problem(path, "invalid", "What stands in the path is required, or has a default.")
    if param.place == "header":
        yield from _header(wire_name(key, param), path=path, document=document)
        if not _HEADER_NAME.fullmatch(wire_name(key, param)):
            yield Problem(f"{path}/name", "invalid", "This cannot be the name of a header.")
    if param.place == "json":
        yield from _readable(wire_name(key, param), path=path)
    yield from _default(param, path=f"{path}/default")


def _default(param: Param, *, path: str) -> Iterator[Problem]:
    if param.default is None:
        return
    if isinstance(param.default, str) and templates.is_template(param.default):
        yield from templates.check(param.default, path=path)
        return
    try:
        TypeAdapter(shapes.annotation(param)).validate_python(param.default)
    except ValidationError as error:
        yield Problem(path, "invalid", f"The default does not fit: {error.errors(include_url=False)[0]['msg']}.")


def _together(operation: Operation, *, path: str) -> Iterator[Problem]:
    places = {each.place for each in operation.params.values()} | ({"json"} if operation.body is not None else set())
    bodies = [each for each in _BODIES if each in places]
    if len(bodies) > 1:
        yield Problem(f"{path}/params", "two_bodies", f"A request has one body, and here are {' and '.join(bodies)}.")
    if bodies and operation.method in {"GET", "HEAD"}:
        yield Problem(f"{path}/params", "no_body", f"A {operation.method} has no body; put parameters into the query.")
    wholes = [key for key, each in operation.params.items() if each.place == "body"]
    for key in wholes[1:]:
        yield Problem(pointers.join(path, "params", key), "two_bodies", "One parameter is the whole body already.")
    seen: dict[tuple[str, str], str] = {}
    for key, param in operation.params.items():
        place = (param.place, wire_name(key, param).lower() if param.place == "header" else wire_name(key, param))
        where = pointers.join(path, "params", key)
        if other := seen.get(place):
            yield Problem(where, "duplicate_param", f"It goes where {other!r} goes.")
        elif param.place == "json" and (other := _overlapping(place[1], seen)):
            yield Problem(where, "duplicate_param", f"It goes into what {other!r} is, or the other way round.")
        seen[place] = key


def _overlapping(text: str, seen: Mapping[tuple[str, str], str]) -> str | None:
    for (place, other), key in seen.items():
        if place == "json" and (text.startswith(f"{other}.") or other.startswith(f"{text}.")):
            return key
    return None


def _output_path(text: str, *, path: str) -> Iterator[Problem]:
    yield from _readable(text, path=path)
    root = text.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]
    if root not in {"status", "headers", "body"}:
        yield Problem(path, "invalid_path", "It begins with `status`, `headers` or `body`, such as `body.id`.")


def _errors(errors: Errors, *, path: str) -> Iterator[Problem]:
    for name in ("message", "code", "present"):
        if (text := getattr(errors, name)) is not None:
            yield from _readable(text, path=f"{path}/{name}")


def _readable(text: str, *, path: str) -> Iterator[Problem]:
    try:
        paths.parse(text)
    except SequiturError as error:
        yield Problem(path, "invalid_path", error.detail)


def _depth(shape: Shape) -> int:
    inner: list[Any] = [*(shape.properties or {}).values(), *([shape.items] if shape.items else [])]
    return 1 + max(map(_depth, inner), default=0)


def _count(shape: Shape) -> int:
    inner: list[Shape] = [*(shape.properties or {}).values(), *([shape.items] if shape.items else [])]
    return 1 + sum(map(_count, inner))


def wire_name(key: str, param: Param) -> str:
    """What the API calls the parameter."""
    return param.name or key
