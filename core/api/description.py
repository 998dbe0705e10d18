"""What all operations have in common, added to the description of the API: errors, headers, examples, tags.

A hook of the generator: an operation that is added has all of it by itself. What an operation says of an answer in its
own `extend_schema` stays as it is.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from core.api import codes, examples

METHODS = ("get", "post", "put", "patch", "delete")
WRITING = ("post", "put", "patch", "delete")
MEDIA_TYPE = "application/json"
TRY_LATER = (409, 429, 503)

Schema = dict[str, Any]

PROBLEM: Schema = {
    "type": "object",
    "description": "One thing that is wrong.",
    "properties": {
        "path": {"type": "string", "description": "Where: a JSON pointer into the body, empty for all of it"},
        "code": {"type": "string", "description": "A stable word"},
        "message": {"type": "string", "description": "What was found, what was expected, what to do"},
    },
    "required": ["path", "code", "message"],
    "additionalProperties": False,
}
ERROR: Schema = {
    "type": "object",
    "description": "Every error has this shape. Texts may change, codes do not.",
    "properties": {
        "detail": {"type": "string", "description": "For people"},
        "code": {"type": "string", "description": "For programs: docs/api.md has them all", "pattern": "^[a-z0-9_]+$"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Problem"}},
    },
    "required": ["detail", "code", "errors"],
    "additionalProperties": False,
}
HEADERS: dict[str, Schema] = {
    "X-Request-Id": {
        "description": "The id of the request, the caller's own if it sent one: logs have it",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": 'What is left, for how many seconds: `"caller";r=599;t=60`. Absent where nothing is limited',
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": 'How many requests (`q`) are answered in how many seconds (`w`): `"caller";q=600;w=60`',
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "So many seconds later", "schema": {"type": "integer", "minimum": 1}},
}
KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Sent again with the same key within 24 hours, the request is answered with the first answer",
    "schema": {"type": "string", "maxLength": 255},
}


def complete(result: Schema, **_: Any) -> Schema:
    """The description with what all operations have in common."""
    components = result.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.update(Problem=PROBLEM, Error=ERROR)
    components["headers"] = HEADERS
    components["responses"] = {_name(status): _error(status) for status in _statuses()}
    for path, operation, method in operations(result):
        _add_key(operation, method=method)
        _add_errors(operation, path=path, method=method)
        _add_headers(operation)
        _add_examples(operation, schemas)
    used = {tag for _, operation, _ in operations(result) for tag in operation.get("tags", ())}
    result["tags"] = [{"name": name} for name in sorted(used)]
    return result


def operations(document: Schema) -> Iterator[tuple[str, Schema, str]]:
    """Every operation of a description, with its path and method."""
    for path, calls in document["paths"].items():
        for method, operation in calls.items():
            if method in METHODS:
                yield path, operation, method


# What names a row elsewhere than in its path, or a format.
NAMING = frozenset(
    {
        "audit_export", "expressions_render", "expressions_scope", "expressions_scope_of", "members_accept",
        "monitoring_executions", "monitoring_usage",
    }
)  # fmt: skip


def statuses(operation: Schema, *, path: str, method: str) -> set[int]:
    """The errors that an operation can answer with. 500 is none: it would be our mistake."""
    found = {400, 406, 429, 503}
    if operation.get("security"):
        found |= {401, 403}
    is_naming = operation.get("operationId") in NAMING
    if "{" in path or is_naming:
        found.add(404)
    if method in WRITING:
        found.add(409)
    if "requestBody" in operation:
        found |= {413, 415}
    if any(each["name"] == "If-Match" for each in operation.get("parameters", ())):
        found.add(412)
    if _takes_key(operation):
        found.add(422)
    return found


def _statuses() -> list[int]:
    return sorted({each.status for each in codes.CODES if each.status not in {405, 500} | codes.OF_WEBHOOKS})


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")


def _error(status: int) -> Schema:
    known = [each for each in codes.CODES if each.status == status]
    headers = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
    if status in TRY_LATER:
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    return {
        "description": "; ".join(f"`{each.code}`: {each.meaning}" for each in known),
        "headers": headers,
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Error"},
                "example": {"detail": f"{known[0].meaning}.", "code": known[0].code, "errors": []},
            }
        },
    }


def _takes_key(operation: Schema) -> bool:
    return any(each.get("name") == KEY["name"] for each in operation.get("parameters", ()))


def _add_key(operation: Schema, *, method: str) -> None:
    others = [each for each in operation.get("parameters", ()) if each.get("name") != KEY["name"]]
    if method == "post":
        operation["parameters"] = [*others, KEY]


def _add_errors(operation: Schema, *, path: str, method: str) -> None:
    answers = operation["responses"]
    for status in sorted(statuses(operation, path=path, method=method)):
        answers.setdefault(str(status), {"$ref": f"#/components/responses/{_name(status)}"})


def _add_headers(operation: Schema) -> None:
    for answer in operation["responses"].values():
        if "$ref" not in answer:
            answer["description"] = answer.get("description") or "As asked."
            headers = answer.setdefault("headers", {})
            for name in ("X-Request-Id", "RateLimit", "RateLimit-Policy"):
                headers.setdefault(name, {"$ref": f"#/components/headers/{name}"})


def _add_examples(operation: Schema, schemas: Schema) -> None:
    bodies = [operation.get("requestBody", {}), *(it for it in operation["responses"].values() if "$ref" not in it)]
    for body in bodies:
        for media_type, content in body.get("content", {}).items():
            if "json" in media_type and "example" not in content and "examples" not in content:
                content["example"] = examples.of(content.get("schema", {}), schemas)
