"""An OpenAPI document as a connector, and the list of what could not be said in one."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from actions.connectors import reading
from actions.connectors.openapi import naming, operations, schemas, signing_in
from actions.connectors.openapi.operations import OneOperation
from actions.connectors.openapi.references import Json, UnmappedError, mapping, resolved, text
from core import documents, validation
from core.errors import InvalidError, MalformedError

MAX_BYTES = 16 * 1024 * 1024
MAX_OPERATIONS = 300
_ERROR_NAMES = ("message", "detail", "error_description", "title", "error")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which operations to take: those with one of the tags, and those named; all when nothing is said."""

    tags: frozenset[str] = frozenset()
    operation_ids: frozenset[str] = frozenset()

    def takes(self, operation: Json) -> bool:
        if not self.tags and not self.operation_ids:
            return True
        return bool(operations.tags(operation) & self.tags) or operation.get("operationId") in self.operation_ids


@dataclass(frozen=True, slots=True)
class Imported:
    """A connector that is valid, and what of the document is not in it, a sentence for each."""

    document: dict[str, Any]
    left_out: list[str] = field(default_factory=list)


def read(raw: bytes) -> dict[str, Any]:
    """The OpenAPI document in JSON or YAML. Raises `SequiturError` for what cannot be read, or is none of 3.x."""
    is_json = raw.lstrip()[:1] == b"{"
    found = (
        documents.parse_json(raw, max_bytes=MAX_BYTES) if is_json else documents.parse_yaml(raw, max_bytes=MAX_BYTES)
    )
    version = found.get("openapi") if isinstance(found, dict) else None
    if not isinstance(version, str) or not version.startswith(("3.0", "3.1")):
        raise MalformedError(
            f"Expected an OpenAPI document of version 3.0 or 3.1; got {text(str(version), at_most=40)!r}."
        )
    return dict(found)


def import_spec(
    spec: Json,
    *,
    name: str = "",
    base_url: str = "",
    read_from: str = "",
    prefix: bool = True,
    choice: Choice | None = None,
) -> Imported:
    """The connector of a document; with `prefix`, keys begin with its name, as types of the installation should.

    `base_url` goes before what the document says, and is needed where it does not say it; a server that is relative is
    so to it, or else to `read_from`, the document's own URL.
    Raises `InvalidError` when nothing of it can be said, or more than a connector holds.
    """
    info = mapping(spec.get("info"))
    title = text(info.get("title"), at_most=100) or name or "API"
    called = naming.name(name or title, fallback="api")
    auth, scheme, left_out = signing_in.auth(spec)
    frame: dict[str, Any] = {"name": called, "title": title}
    frame |= {"base_url": _server(spec, base_url, read_from, left_out), "auth": auth}
    if described := text(info.get("description"), at_most=500):
        frame["description"] = described
    if message := _message_of_errors(spec):
        frame["errors"] = {"message": message}
    chosen = _chosen(spec, choice or Choice())
    if len(chosen) > MAX_OPERATIONS:
        message = f"There are {len(chosen):,} operations; a connector has at most {MAX_OPERATIONS}."
        raise InvalidError(f"{message} Choose some by tag or id.")
    made = _made(spec, chosen, frame, prefix=f"{called}_" if prefix else "", left_out=left_out)
    for path, method, _, operation in chosen:
        left_out += _other_security(spec, operation, scheme, f"{method.upper()} {text(path, at_most=100)}")
    left_out += [f"webhook {text(each, at_most=60)}: webhooks are triggers" for each in mapping(spec.get("webhooks"))]
    if not made:
        raise InvalidError("\n  ".join(["Nothing of this document can be said in a connector.", *left_out[:50]]))
    document = {**frame, "operations": made}
    reading.parse(document)
    return Imported(document, left_out)


def _chosen(spec: Json, choice: Choice) -> list[Any]:
    """The operations that are wanted. Raises `InvalidError` for an id or a tag that the document does not have."""
    found = [*operations.operations(spec)]
    ids = {str(each[3].get("operationId", "")) for each in found} - {""}
    tags = {tag for each in found for tag in operations.tags(each[3])}
    for what, wanted, known in (("operationId", choice.operation_ids, ids), ("tag", choice.tags, tags)):
        for name in sorted(wanted - known):
            there_are = f" There are {', '.join(sorted(known)[:20])}." if known else f" It has no {what} at all."
            guess = validation.did_you_mean(name, sorted(known)) or there_are
            raise InvalidError(f"The document has no {what} {name!r}.{guess}")
    return [each for each in found if choice.takes(each[3])]


def _made(spec: Json, chosen: list[Any], frame: Json, *, prefix: str, left_out: list[str]) -> list[dict[str, Any]]:
    """The operations that can be said; why the others cannot goes into `left_out`."""
    made: dict[str, dict[str, Any]] = {}
    for path, method, item, operation in chosen:
        where = f"{method.upper()} {text(path, at_most=100)}"
        key = _key(operation, path, method, taken={*made}, prefix=prefix)
        one = OneOperation(spec, item, operation, path=path, method=method)
        try:
            found = one.made(key)
            reading.parse({**frame, "operations": [found]})
        except (UnmappedError, InvalidError) as error:
            left_out.append(f"{where}: {_reason(error)}")
            continue
        made[key] = found
        left_out += [f"{where}: {each}" for each in one.told]
    return [*made.values()]


def _server(spec: Json, base_url: str, read_from: str, left_out: list[str]) -> str:
    """The first server, with the defaults of its variables, but where another one is wanted."""
    servers = spec.get("servers")
    listed = [mapping(each) for each in servers] if isinstance(servers, list) else []
    first = listed[0] if listed else {}
    url = str(first.get("url", "/"))[:1000]
    for name, variable in mapping(first.get("variables")).items():
        url = url.replace(f"{{{name}}}", str(mapping(variable).get("default", "")))
    left_out += [f"server {text(str(each.get('url')), at_most=100)}: only the first is used" for each in listed[1:]]
    is_whole = url.startswith(("http://", "https://"))
    whole = base_url if base_url and is_whole else urljoin(base_url or read_from, url)
    if not whole.startswith(("http://", "https://")):
        raise InvalidError("The document does not say where the API is; give --base-url https://...")
    return whole.rstrip("/") or whole


def _key(operation: Json, path: str, method: str, *, taken: set[str], prefix: str) -> str:
    said = operation.get("operationId")
    return naming.name(said if isinstance(said, str) else f"{method} {path}", taken=taken, fallback="do", prefix=prefix)


def _reason(error: UnmappedError | InvalidError) -> str:
    if isinstance(error, InvalidError) and error.problems:
        return f"{error.problems[0].path}: {error.problems[0].message}"
    return str(error)


def _other_security(spec: Json, operation: Json, scheme: str, where: str) -> list[str]:
    wanted = [*signing_in.names(operation.get("security", spec.get("security")))]
    if wanted and scheme not in wanted:
        return [
            f"{where}: it signs in by {text(', '.join(wanted), at_most=100)}, the connector by {scheme or 'nothing'}"
        ]
    return []


def _message_of_errors(spec: Json) -> str:
    """Where answers that are errors say what is wrong, as the first operation that describes one tells."""
    for _, _, _, operation in operations.operations(spec):
        for status, answer in mapping(operation.get("responses")).items():
            if str(status)[:1] not in {"4", "5", "d"}:
                continue
            try:
                content = mapping(resolved(spec, answer).get("content"))
                found = schemas.merged(spec, mapping(content.get("application/json")).get("schema"))
            except UnmappedError:
                continue
            for name in _ERROR_NAMES:
                each = schemas.properties_of(found).get(name)
                if mapping(each).get("type") == "string":
                    return name
    return ""
