"""The operations of the description: to which resource each belongs, and what it takes and gives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from client_generator.schemas import PREFIX, Schema, base_of, is_model
from client_generator.words import argument

METHODS = ("get", "post", "put", "patch", "delete")
# What an operation is called at a resource makes the resource: workflow_tests_list makes `workflow_tests`.
USUAL = ("partial_update", "list", "create", "retrieve", "update", "destroy")
# How callers say it.
RENAMED = {"workflow_runs": "runs"}
# They do what they do each time, with or without a key (docs/api.md), so nothing sends them again by itself.
NEVER_REPEATED = {"connections_test", "webhooks_test"}
JSON = "application/json"
STREAMS = {"text/event-stream": "EVENTS", "application/x-ndjson": "LINES"}


@dataclass(frozen=True, slots=True)
class Argument:
    """One of an operation. `place`: path, query, header or body; `key`: its name there."""

    name: str
    key: str
    place: str
    schema: Schema
    is_required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One of the description. `answers`: the schema for each status that is a success, None for no body; `others`: the
    forms besides JSON that an answer may have which says so itself."""

    name: str
    resource: str
    method: str
    path: str
    text: str
    arguments: tuple[Argument, ...]
    body: Schema | None
    media_type: str
    answers: dict[int, Schema | None]
    form: str
    others: tuple[str, ...]
    is_keyed: bool
    has_if_match: bool

    @property
    def verb(self) -> str:
        """Its name at its resource."""
        full = next((old for old, new in RENAMED.items() if new == self.resource), self.resource)
        return argument(self.name.removeprefix(f"{full}_"))


def all_of(document: dict[str, Any]) -> list[Operation]:
    """Every operation of the description, by name. Raises `ValueError` where two would be the same method."""
    calls = [
        (path, method, call)
        for path, found in document["paths"].items()
        for method, call in found.items()
        if method in METHODS
    ]
    resources = _resources([call["operationId"] for _, _, call in calls])
    made = [
        _operation(path, method, call, resources, document["components"]["schemas"]) for path, method, call in calls
    ]
    made.sort(key=lambda each: each.name)
    names = [(each.resource, each.verb) for each in made]
    if double := {each for each in names if names.count(each) > 1}:
        raise ValueError(f"Two operations would be the same method: {sorted(double)}.")
    return made


def _resources(names: list[str]) -> list[str]:
    """The resources, the longest first."""
    verb = re.compile(rf"_(?:{'|'.join(USUAL)})$")  # the longest first: partial_update is no update of a `partial`
    found = {verb.sub("", name) for name in names if verb.search(name)}
    return sorted(found, key=lambda each: (-len(each), each))


def _operation(
    path: str, method: str, call: dict[str, Any], resources: list[str], components: dict[str, Schema]
) -> Operation:
    name, tag = call["operationId"], (call.get("tags") or ["other"])[0].replace("-", "_")
    own = next((each for each in resources if name.startswith(f"{each}_")), None)
    resource = own or (tag if name.startswith(f"{tag}_") else name.partition("_")[0])
    parameters = [each for each in call.get("parameters", []) if each["name"] != "Idempotency-Key"]
    has_key = len(parameters) < len(call.get("parameters", []))
    has_if_match = method in {"put", "patch", "delete"} or any(each["name"] == "If-Match" for each in parameters)
    plain = _once([_parameter(each) for each in parameters if each["name"] != "If-Match"])
    media_type, body = _body(call)
    fields = _fields(body, plain, components)
    answers, form, others = _answers(call)
    return Operation(
        name=name,
        resource=RENAMED.get(resource, resource),
        method=method.upper(),
        path=path,
        text=call.get("description") or call.get("summary") or "",
        arguments=(*sorted(plain, key=lambda each: _place(each, path)), *fields),
        body=body if body is not None and not fields and not _is_empty(body, components) else None,
        media_type=media_type,
        answers=answers,
        form=form,
        others=others,
        is_keyed=has_key and name not in NEVER_REPEATED,
        has_if_match=has_if_match,
    )


def _parameter(found: dict[str, Any]) -> Argument:
    schema = {**found.get("schema", {}), "description": found.get("description", "")}
    return Argument(
        argument(found["name"]),
        found["name"],
        found["in"],
        schema,
        bool(found.get("required")) or found["in"] == "path",
    )


def _once(found: list[Argument]) -> list[Argument]:
    """Without the parameters of a query that only say what a header of the same name says."""
    headers = {each.name for each in found if each.place == "header"}
    return [each for each in found if each.place != "query" or each.name not in headers]


def _place(each: Argument, path: str) -> tuple[int, str]:
    """In the order of the path, then those that have to be given, by name."""
    if each.place == "path":
        return path.index("{" + each.key + "}"), ""
    return 10_000 + (not each.is_required), each.name


def _body(call: dict[str, Any]) -> tuple[str, Schema | None]:
    content = call.get("requestBody", {}).get("content", {})
    if not content:
        return JSON, None
    media_type = JSON if JSON in content else next(iter(content))
    schema: Schema = content[media_type].get("schema", {})
    return media_type, schema if media_type == JSON else {"type": "bytes", "description": f"As {media_type}"}


def _fields(body: Schema | None, others: list[Argument], components: dict[str, Schema]) -> list[Argument]:
    """The fields of the body as arguments; none where it has no fields of its own, or they would be mistaken."""
    schema = _resolved(body, components)
    if schema is None or not is_model(schema) or schema.get("additionalProperties") is True:
        return []
    required = set(schema.get("required", []))
    found = [
        Argument(argument(key), key, "body", part if isinstance(part, dict) else {}, key in required)
        for key, part in schema["properties"].items()
        if key != "idempotency_key"  # the header is the same, and kept over retries
    ]
    if {each.name for each in found} & {each.name for each in others}:
        return []
    return sorted(found, key=lambda each: not each.is_required)


def _is_empty(body: Schema, components: dict[str, Schema]) -> bool:
    """Whether a body has nothing that could be said."""
    schema = _resolved(body, components)
    return schema is not None and is_model(schema) and not set(schema["properties"]) - {"idempotency_key"}


def _resolved(schema: Schema | None, components: dict[str, Schema]) -> Schema | None:
    name = str((schema or {}).get("$ref", "")).removeprefix(PREFIX)
    return components.get(name, schema)


def _answers(call: dict[str, Any]) -> tuple[dict[int, Schema | None], str, tuple[str, ...]]:
    answers: dict[int, Schema | None] = {}
    form = "JSON"
    others: set[str] = set()
    for status, answer in sorted(call["responses"].items()):
        if not re.fullmatch("2[0-9][0-9]", status):
            continue
        content = answer.get("content", {})
        kind = JSON if JSON in content else next((each for each in STREAMS if each in content), next(iter(content), ""))
        answers[int(status)] = content[kind].get("schema", {}) if kind else None
        if kind and kind != JSON:
            form = STREAMS.get(kind) or _plain_form(kind)
        elif len(content) > 1:
            form = "SAID"
            others |= {_plain_form(each) for each in content if each != JSON}
    return answers, form, tuple(sorted(others, reverse=True))


def _plain_form(media_type: str) -> str:
    return "TEXT" if media_type.startswith("text/") or "yaml" in media_type else "BYTES"


def by_resource(operations: list[Operation]) -> Iterator[tuple[str, list[Operation]]]:
    """The operations of each resource, by name."""
    for name in sorted({each.resource for each in operations}):
        yield name, [each for each in operations if each.resource == name]


def kind_of(operation: Operation, components: dict[str, Schema], types: Any) -> str:
    """How its method gives the answer: plain, pages, list or stream."""
    if operation.form in STREAMS.values():
        return "stream"
    schemas = [each for each in operation.answers.values() if each is not None]
    schema = _resolved(schemas[0], components) if len(schemas) == 1 else None
    base = base_of(schema, types) if schema is not None and is_model(schema) else ""
    if operation.method == "GET" and base.startswith("base.Page"):
        return "pages"
    return "list" if operation.method == "GET" and base.startswith("base.Listing") else "plain"
