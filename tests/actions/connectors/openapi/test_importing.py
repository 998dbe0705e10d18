"""OpenAPI documents as connectors: what is taken over, what is told, and what hostile ones cost."""

import contextlib
import json
from typing import Any

import pytest

from actions.connectors import openapi, reading
from actions.connectors.openapi import Choice
from core.errors import InvalidError, SequiturError
from tests import cases

URL = "https://api.example.com"


def spec(**values: Any) -> dict[str, Any]:
    """A document with one operation."""
    paths = {"/pets": {"get": {"operationId": "listPets", "responses": {"200": {"description": "ok"}}}}}
    return {"openapi": "3.0.3", "info": {"title": "Pets"}, "servers": [{"url": URL}], "paths": paths, **values}


def of_body(schema: Any, *, media_type: str = "application/json", **components: Any) -> openapi.Imported:
    body = {"required": True, "content": {media_type: {"schema": schema}}}
    paths = {"/pets": {"post": {"operationId": "addPet", "requestBody": body}}}
    return openapi.import_spec(spec(paths=paths, components={"schemas": components}))


def params(found: openapi.Imported) -> Any:
    return found.document["operations"][0]["params"]


def test_the_petstore_becomes_a_connector() -> None:
    found = openapi.import_spec(cases.load("openapi/petstore_3.0.json"), name="petstore")

    document = reading.parse(found.document)
    assert found.left_out == []
    assert document.base_url == "http://petstore.swagger.io/v1"
    assert [each.key for each in document.operations] == [
        "petstore_list_pets",
        "petstore_create_pets",
        "petstore_show_pet_by_id",
    ]
    assert document.errors.message == "message"
    create = document.operations[1].params
    assert {name: (each.type, each.required) for name, each in create.items()} == {
        "id": ("integer", True),
        "name": ("string", True),
        "tag": ("string", False),
    }
    assert document.operations[2].params["pet_id"].name == "petId"


def test_webhooks_of_3_1_are_told_and_a_server_is_asked_for() -> None:
    document = cases.load("openapi/webhook_example_3.1.json")

    found = openapi.import_spec(document, base_url=URL)

    assert found.left_out == ["webhook newPet: webhooks are triggers"]
    with pytest.raises(InvalidError, match="--base-url"):
        openapi.import_spec(document)


@pytest.mark.parametrize(
    ("scheme", "auth"),
    [
        ({"type": "http", "scheme": "Bearer"}, {"kind": "bearer"}),
        ({"type": "http", "scheme": "basic"}, {"kind": "basic"}),
        ({"type": "apiKey", "in": "query", "name": "key"}, {"kind": "api_key", "in": "query", "name": "key"}),
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, {"kind": "api_key", "in": "header", "name": "X-Key"}),
        (
            {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": f"{URL}/token", "scopes": {"read": ""}}}},
            {"kind": "oauth2", "token_url": f"{URL}/token", "scopes": ["read"]},
        ),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, {"kind": "none"}),
        ({"type": "mutualTLS"}, {"kind": "none"}),
    ],
)
def test_security_schemes_become_the_auth(scheme: dict[str, Any], auth: dict[str, Any]) -> None:
    components = {"securitySchemes": {"main": scheme}}

    found = openapi.import_spec(spec(components=components, security=[{"main": []}]))

    assert found.document["auth"] == auth
    assert bool(found.left_out) is (auth["kind"] == "none")


def test_parameters_go_where_they_belong() -> None:
    parameters = [
        {"name": "petId", "in": "path", "required": True, "schema": {"type": "integer"}},
        {"name": "tags", "in": "query", "explode": False, "schema": {"type": "array", "items": {"type": "string"}}},
        {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
        {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}},
        {"name": "Accept", "in": "header", "schema": {"type": "string"}},
        {"name": "session", "in": "cookie", "schema": {"type": "string"}},
        {"name": "filter", "in": "query", "schema": {"type": "object"}},
    ]
    operation = {"operationId": "touchPet", "parameters": parameters}

    found = openapi.import_spec(spec(paths={"/pets/{petId}/{part}": {"post": operation}}))

    [made] = found.document["operations"]
    assert made["idempotency_header"] == "Idempotency-Key"
    assert made["params"] == {
        "pet_id": {"type": "integer", "in": "path", "required": True, "name": "petId"},
        "tags": {"type": "array", "items": {"type": "string"}, "in": "query", "separator": ","},
        "x_trace": {"type": "string", "in": "header", "name": "X-Trace"},
        "part": {"in": "path", "required": True},
    }
    assert found.left_out == [
        "POST /pets/{petId}/{part}: parameter 'session': it goes into a cookie",
        "POST /pets/{petId}/{part}: parameter 'filter': a value of type object cannot stand in a query",
    ]


def test_bodies_are_read_through_references_and_all_of() -> None:
    base = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "readOnly": True}}}
    own = {"type": "object", "required": ["a.b"], "properties": {"a.b": {"type": ["string", "null"], "maxLength": 5}}}

    found = of_body({"allOf": [{"$ref": "#/components/schemas/Base"}, own]}, Base=base)

    assert params(found) == {
        "a_b": {"type": "string", "nullable": True, "max_length": 5, "in": "json", "required": True, "name": '["a.b"]'}
    }


def test_a_body_that_is_a_list_is_one_parameter() -> None:
    found = params(of_body({"type": "array", "items": {"type": "integer"}}))

    assert found["body"]["in"] == "body"
    assert (found["body"]["type"], found["body"]["items"], found["body"]["required"]) == (
        "array",
        {"type": "integer"},
        True,
    )


def test_a_form_has_flat_fields() -> None:
    schema = {"type": "object", "properties": {"to": {"type": "string"}, "more": {"type": "object"}}}

    found = of_body(schema, media_type="application/x-www-form-urlencoded")

    assert params(found) == {"to": {"type": "string", "in": "form"}}
    assert found.left_out == ["POST /pets: field 'more': a value of type object cannot stand in a form"]


def test_a_body_that_cannot_be_sent_is_told() -> None:
    with pytest.raises(InvalidError, match=r"POST /pets: its body is of multipart/form-data"):
        of_body({"type": "object"}, media_type="multipart/form-data")


def test_only_what_is_chosen_is_taken() -> None:
    paths = {
        "/a": {"get": {"operationId": "a", "tags": ["one"]}, "post": {"operationId": "b"}},
        "/c": {"get": {"operationId": "c", "tags": ["two"]}},
    }
    choice = Choice(tags=frozenset({"one"}), operation_ids=frozenset({"c"}))

    found = openapi.import_spec(spec(paths=paths), prefix=False, choice=choice)

    assert [each["key"] for each in found.document["operations"]] == ["a", "c"]


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/components/schemas/Loop"},
        {"$ref": "#/components/schemas/Tree"},
        {"$ref": "https://evil.example.com/schema.json"},
        {"$ref": "#/components/schemas/Nothing"},
        {"$ref": 7},
        {"type": "object", "properties": {"tree": {"$ref": "#/components/schemas/Tree"}}},
    ],
)
def test_references_without_end_end(schema: dict[str, Any]) -> None:
    tree = {"type": "object", "properties": {"left": {"$ref": "#/components/schemas/Tree"}, "name": {}}}
    loop = {"$ref": "#/components/schemas/Loop"}
    try:
        found = of_body(schema, Loop=loop, Tree=tree)
    except InvalidError as error:
        found = openapi.Imported({}, [error.detail])

    assert found.document or "POST /pets: " in found.left_out[0]
    assert len(json.dumps(found.document)) < 20_000


def test_a_schema_that_doubles_at_every_level_stays_small() -> None:
    levels: dict[str, Any] = {
        f"L{number}": {
            "type": "object",
            "properties": {side: {"$ref": f"#/components/schemas/L{number + 1}"} for side in ("a", "b", "c", "d")},
            "allOf": [{"$ref": f"#/components/schemas/L{number + 1}"}] * 10,
        }
        for number in range(40)
    }

    found = of_body({"$ref": "#/components/schemas/L0"}, **levels, L40={"type": "string"})

    assert len(json.dumps(found.document)) < 100_000


def test_more_operations_than_fit_are_refused_with_what_to_do() -> None:
    paths = {f"/p{number}": {"get": {"operationId": f"op{number}"}} for number in range(10_000)}

    with pytest.raises(InvalidError, match=r"10,000 operations; a connector has at most 300.*Choose some"):
        openapi.import_spec(spec(paths=paths))


def test_absurd_names_become_valid_and_unique() -> None:
    ids = [
        "', DROP TABLE--",
        "{{ secrets.x }}",
        "x" * 5000,
        "x" * 5001,
        "9lives",
        "class",
        "Ünïcödé",
        "",
        "getHTTPThing",
    ]
    paths = {f"/p{number}": {"get": {"operationId": each}} for number, each in enumerate(ids)}

    found = openapi.import_spec(spec(paths=paths), prefix=False)

    keys = [each["key"] for each in reading.parse(found.document).model_dump()["operations"]]
    assert len({*keys}) == len(ids)
    assert keys[-1] == "get_http_thing"
    assert max(map(len, keys)) <= 64


@pytest.mark.parametrize("path", ["pets", "/a b", "/../x", "//evil.example.com/x", "/pets?x=1", "/{"])
def test_a_path_that_leads_elsewhere_is_left_out(path: str) -> None:
    paths = {path: {"get": {"operationId": "bad"}}, "/good": {"get": {"operationId": "good"}}}

    found = openapi.import_spec(spec(paths=paths))

    assert [each["key"] for each in found.document["operations"]] == ["pets_good"]
    assert found.left_out[0].startswith(f"GET {path}: /operations/0/path: ")


@pytest.mark.parametrize("values", [{"paths": 7}, {"paths": {"/a": 7}}, {"servers": 7}, {"info": []}, {"security": 1}])
def test_documents_of_the_wrong_shape_are_refused_or_read(values: dict[str, Any]) -> None:
    with contextlib.suppress(InvalidError):
        found = openapi.import_spec(spec(**values), base_url=URL, name="odd")
        assert reading.parse(found.document).name == "odd"


@pytest.mark.parametrize(
    "raw",
    [
        b"swagger: '2.0'\n",
        b"openapi: 4.0.0\n",
        b"[]",
        b"{",
        b"openapi: 3.0.0\na: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        b'{"openapi": "3.0.0", "a": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_what_is_no_openapi_document_is_refused(raw: bytes) -> None:
    with pytest.raises(SequiturError):
        openapi.read(raw)


def test_a_base_url_that_is_given_goes_before_that_of_the_document() -> None:
    document = cases.load("openapi/petstore_3.0.json")

    ours = openapi.import_spec(document, base_url="https://pets.example.com/v2")
    theirs = openapi.import_spec(document, read_from=URL)

    assert ours.document["base_url"] == "https://pets.example.com/v2"
    assert theirs.document["base_url"] == "http://petstore.swagger.io/v1"


def test_an_operation_that_is_not_there_is_told_with_a_guess() -> None:
    document = cases.load("openapi/petstore_3.0.json")

    with pytest.raises(InvalidError, match=r"no operationId 'listPet'\. Did you mean 'listPets'\?"):
        openapi.import_spec(document, choice=Choice(operation_ids=frozenset({"listPet"})))
    with pytest.raises(InvalidError, match=r"no tag 'cats'\. There are pets"):
        openapi.import_spec(document, choice=Choice(tags=frozenset({"cats"})))
