import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Problem
from triggers.engine import schemas
from triggers.engine.schemas import UnusableSchemaError


def code_of(schema: dict[str, Any]) -> str:
    with pytest.raises(UnusableSchemaError) as raised:
        schemas.compile_schema(schema)
    return raised.value.problem.code


def growing(levels: int) -> dict[str, Any]:
    """A schema of a few lines that means 4 ** levels others."""
    parts: dict[str, Any] = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 4} for n in range(levels)}
    return {"$defs": {**parts, f"d{levels}": {"type": "string"}}, "$ref": "#/$defs/d0"}


def test_every_problem_has_its_place_and_its_keyword() -> None:
    schema = schemas.compile_schema(
        {"required": ["z"], "properties": {"a/b": {"minimum": 3}, "l": {"items": {"type": "string"}}}}
    )

    assert schema.problems({"z": 1, "a/b": 3, "l": []}) == []
    assert {(each.path, each.code) for each in schema.problems({"a/b": 2, "l": ["x", 1]}, path="/data")} == {
        ("/data", "required"),
        ("/data/a~1b", "minimum"),
        ("/data/l/1", "type"),
    }


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        ({"type": "objekt"}, "invalid_schema"),
        ({"$ref": "https://example.com/x"}, "remote_reference"),
        ({"$ref": "other.json"}, "remote_reference"),
        ({"$ref": "#/$defs/none"}, "invalid_schema"),
        ({"$ref": "#"}, "circular"),
        ({"$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"}, "circular"),
        ({"properties": {"a": {"$id": "https://example.com/x"}}}, "invalid_schema"),
        ({"$dynamicRef": "#a"}, "invalid_schema"),
        ({"$schema": "https://example.com/mine"}, "invalid_schema"),
        ({"pattern": "(a)\\1"}, "invalid_schema"),
        ({"pattern": "a{1000}{1000}"}, "invalid_schema"),
        ({"description": "x" * 70_000}, "too_large"),
        (growing(6), "too_large"),
        (growing(14), "too_deep"),
        ({"properties": {"definitions": {"allOf": [{}] * 1001}}}, "too_large"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_schema_that_cannot_be_used_is_refused(schema: dict[str, Any], code: str) -> None:
    assert code_of(schema) == code


@pytest.mark.parametrize(
    "draft", ["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema"]
)
def test_other_drafts_are_understood(draft: str) -> None:
    schema = schemas.compile_schema({"$schema": draft, "definitions": {"a": {"const": 1}}, "$ref": "#/definitions/a"})

    assert [each.code for each in schema.problems(2)] == ["const"]


def test_very_large_data_is_refused_without_places_and_in_time() -> None:
    schema = schemas.compile_schema({"anyOf": [{"items": {"type": "string"}}] * 100})
    begun = time.monotonic()

    assert schema.problems([1] * 100_000, path="/data") == [
        Problem("/data", "schema", "This does not fit the schema; it is too large to say where.")
    ]
    assert time.monotonic() - begun < 5


def test_at_most_twenty_problems_are_told_each_in_a_short_sentence() -> None:
    problems = schemas.compile_schema({"items": {"type": "string"}}).problems([{"a": "x" * 10_000}] * 50)

    assert len(problems) == 20
    assert max(len(each.message) for each in problems) < 320


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
words = st.sampled_from(["type", "$ref", "$defs", "properties", "items", "allOf", "pattern", "enum", "$id", "required"])
fragments = st.sampled_from(["#", "#/$defs/a", "#/", "string", "(", "a/b", "#/properties/x%ff"])


texts = values | fragments


@settings(max_examples=200, deadline=None)
@given(schema=st.dictionaries(words, texts | st.dictionaries(words, texts), max_size=4), data=values)
def test_any_object_is_a_schema_or_refused(schema: dict[str, Any], data: Any) -> None:
    try:
        compiled = schemas.compile_schema(schema)
    except UnusableSchemaError:
        return

    assert all(isinstance(each, Problem) for each in compiled.problems(data))
