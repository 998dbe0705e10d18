"""The generated part is that of the description, and every operation of it can be called in types."""

import inspect
import json
import re
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

import httpx
import pytest
from client_generator import __main__ as generator
from client_generator import operations, schemas
from client_generator.resources import module as module_of
from sequitur_client import Call, Client, StreamEvent, binding
from sequitur_client.generated import resources

from config.environment import BASE_DIR

DOCUMENT: dict[str, Any] = json.loads((BASE_DIR / "docs/openapi.json").read_text())
GENERATED = BASE_DIR / "client/sequitur_client/generated"
OPERATIONS = operations.all_of(DOCUMENT)


def texts(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*.py")}


def test_what_is_kept_is_what_the_description_makes(tmp_path: Path) -> None:
    generator.write(tmp_path / "generated")

    assert texts(GENERATED) == texts(tmp_path / "generated"), "make client writes it anew"


END = StreamEvent("end", '{"reason": "done"}', "")


def example(operation: operations.Operation) -> httpx.Response:
    """The answer that the description shows for the operation."""
    call = DOCUMENT["paths"][operation.path][operation.method.lower()]
    status, answer = next((code, each) for code, each in sorted(call["responses"].items()) if code.startswith("2"))
    [(kind, shown)] = [*answer.get("content", {"": {}}).items()][:1]
    if kind == "application/json":
        return httpx.Response(int(status), json=shown["example"])
    text = f"event: {END.event}\ndata: {END.data}\n\n" if kind == "text/event-stream" else '{"a": 1}\n'
    return httpx.Response(int(status), text=text if kind else "")


def of_type(schema: Any) -> Any:
    """A value that has this type, if no more."""
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].removeprefix(schemas.PREFIX)]
    if options := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return of_type(options[0])
    plain = {"string": "x", "integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}}
    return schema["enum"][0] if "enum" in schema else plain.get(schema.get("type", "object"), "x")


def test_every_operation_is_called_by_typed_arguments_and_gives_a_typed_answer() -> None:
    asked: list[httpx.Request] = []
    answers: list[httpx.Response] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answers.pop()

    for operation in OPERATIONS:
        client = Client("http://testserver", "sq_x", transport=httpx.MockTransport(answer))
        method = getattr(getattr(client, operation.resource), operation.verb)
        answers.append(example(operation))
        arguments = {each.name: of_type(each.schema) for each in operation.arguments if each.is_required}
        body = {} if operation.body is None else {"body": of_type(operation.body)}
        places = [arguments.pop(each.name) for each in operation.arguments if each.place == "path"]

        found = method(*places, **arguments, **body)

        if operation.form in {"LINES", "EVENTS"}:
            (line,) = list(found)
            assert line == (END if operation.form == "EVENTS" else {"a": 1}), operation.name
        elif hasattr(found, "pages"):
            assert found.first() is not None, operation.name
        request = asked.pop()
        assert (request.method, len(asked)) == (operation.method, 0)
        assert urlsplit(str(request.url)).path == re.sub(r"\{[^}]+\}", "x", operation.path)
        assert ("Idempotency-Key" in request.headers) == operation.is_keyed


def test_every_argument_and_answer_has_a_type() -> None:
    for operation in OPERATIONS:
        for classes in (resources.Resources, resources.AsyncResources):
            resource = getattr(classes(None), operation.resource)  # type: ignore[arg-type]  # nothing is sent
            build = inspect.unwrap(getattr(type(resource), operation.verb))
            hints = get_type_hints(build)
            assert set(inspect.signature(build).parameters) | {"return"} == set(hints), operation.name
            assert hints["return"].__origin__ is Call, operation.name
            assert isinstance(resource, binding.Resource | binding.AsyncResource)
    assert len(OPERATIONS) > 120


@pytest.mark.parametrize(
    ("content", "bound", "answer"),
    [
        ({"text/event-stream": {}}, "streamed", "Iterator[binding.StreamEvent]"),
        ({"application/x-ndjson": {}}, "streamed", "Iterator[Any]"),
        ({"application/zip": {}}, "called", "bytes"),
        ({"application/yaml": {}}, "called", "str"),
        ({"application/json": {"schema": {"type": "array", "items": {"type": "string"}}}}, "called", "list[str]"),
    ],
)
def test_what_an_operation_may_give_and_take_beside_json_has_a_type(
    content: dict[str, Any], bound: str, answer: str
) -> None:
    call = {
        "operationId": "pets_import",
        "tags": ["pets"],
        "parameters": [{"name": "Last-Event-ID", "in": "header", "schema": {"type": "string"}}],
        "requestBody": {"content": {"application/gzip": {}}},
        "responses": {"200": {"content": content}},
    }
    found = operations.all_of({"paths": {"/pets/": {"post": call}}, "components": {"schemas": {}}})
    text = module_of("pets", found, {}, schemas.Types({}, frozenset(), "m."))

    compile(text, "pets.py", "exec")
    taken = "*, last_event_id: str | None = None, body: bytes"
    assert f"def pets_import({taken}) -> Call[{answer}]:" in text
    assert f"    import_ = binding.{bound}(pets_import)" in text
    assert "media_type='application/gzip'" in text


def test_two_operations_of_one_method_are_refused() -> None:
    call = {"operationId": "pets_list", "tags": ["pets"], "responses": {}}
    document = {"paths": {"/a/": {"get": call}, "/b/": {"get": call}}, "components": {"schemas": {}}}

    with pytest.raises(ValueError, match="would be the same method"):
        operations.all_of(document)


@pytest.mark.parametrize(
    ("schema", "asked", "answered"),
    [
        ({"enum": ["a", "b"], "type": "string"}, "Literal['a', 'b']", "Literal['a', 'b'] | str"),
        ({"type": ["string", "null"]}, "str | None", "str | None"),
        ({"anyOf": [{"type": "null"}, {"type": "array", "items": {}}]}, "list[Any] | None", "list[Any] | None"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "dict[str, int]", "dict[str, int]"),
        ({"type": "string", "format": "date-time"}, "dt.datetime", "dt.datetime"),
        ({"$ref": "#/components/schemas/Word"}, "m.Word", "m.Word | str"),
        ({}, "Any", "Any"),
    ],
)
def test_a_schema_becomes_a_type_which_is_lenient_about_answers(schema: Any, asked: str, answered: str) -> None:
    types = schemas.Types({"Word": {"enum": ["a"]}}, frozenset(), "m.")

    assert (types.of(schema, is_answer=False), types.of(schema, is_answer=True)) == (asked, answered)
