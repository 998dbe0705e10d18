import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import schemas
from core.errors import InvalidError, Problem

LEAD = {
    "$id": "https://example.com/lead",
    "type": "object",
    "required": ["lead"],
    "properties": {"lead": {"$ref": "#/$defs/lead"}, "a/b": {"minimum": 3}, "$ref": {"type": "integer"}},
    "$defs": {"lead": {"properties": {"tags": {"items": {"type": "string"}}, "score": {"minimum": 0}}}},
}
DRAFT_7 = "http://json-schema.org/draft-07/schema#"
DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema"


def problem_of(schema: Any, *, path: str = "") -> Problem:
    with pytest.raises(InvalidError) as raised:
        schemas.compile_schema(schema, path=path)
    [problem] = raised.value.problems
    return problem


def problems(schema: Any, value: Any) -> list[Problem]:
    return schemas.compile_schema(schema).problems(value, path="/data")


def growing(levels: int, *, by: int = 2) -> dict[str, Any]:
    """A schema of a few lines that means by ** levels others."""
    parts: dict[str, Any] = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * by} for n in range(levels)}
    return {"$defs": {**parts, f"d{levels}": {"type": "string"}}, "$ref": "#/$defs/d0"}


def test_what_fits_has_no_problems() -> None:
    assert problems(LEAD, {"lead": {"score": 7, "tags": []}, "a/b": 3, "$ref": 1}) == []


def test_every_problem_has_its_place_and_its_keyword() -> None:
    assert problems(LEAD, {"lead": {"score": -1, "tags": ["x", 1]}, "a/b": 2, "$ref": "x"}) == [
        Problem("/data/lead/score", "minimum", "-1 is less than the minimum of 0."),
        Problem("/data/lead/tags/1", "type", '1 is not of type "string".'),
        Problem("/data/a~1b", "minimum", "2 is less than the minimum of 3."),
        Problem("/data/$ref", "type", '"x" is not of type "integer".'),
    ]


def test_what_is_missing_is_told_where_it_would_stand() -> None:
    assert problems(LEAD, {}) == [Problem("/data/lead", "missing", "'lead' is missing; it is required.")]


@pytest.mark.parametrize(
    ("schema", "where", "code"),
    [
        ([], "", "invalid_schema"),
        ("object", "", "invalid_schema"),
        ({"type": "objct"}, "/type", "invalid_schema"),
        ({"$id": 7}, "/$id", "invalid_schema"),
        ({"properties": {"a": {"pattern": "(a"}}}, "/properties/a/pattern", "invalid_schema"),
        ({"properties": {"a": {"pattern": "(?=a)b"}}}, "/properties/a/pattern", "invalid_schema"),
        ({"pattern": "(a)\\1"}, "/pattern", "invalid_schema"),
        ({"pattern": "a{1000}{1000}{1000}"}, "/pattern", "invalid_schema"),
        ({"$schema": "http://127.0.0.1:1/meta.json"}, "", "invalid_schema"),
        ({"properties": {"a": {"$id": "https://example.com/x"}}}, "/properties/a/$id", "invalid_schema"),
        ({"items": {"$dynamicRef": "#x"}}, "/items/$dynamicRef", "invalid_schema"),
        ({"$anchor": "a"}, "/$anchor", "invalid_schema"),
        ({"$ref": "http://127.0.0.1:1/schema.json"}, "/$ref", "remote_reference"),
        ({"$ref": "file:///etc/passwd"}, "/$ref", "remote_reference"),
        ({"$ref": "other.json"}, "/$ref", "remote_reference"),
        ({"$ref": "#name"}, "/$ref", "remote_reference"),
        ({"$ref": 7}, "/$ref", "invalid_schema"),
        ({"$ref": "#/$defs/nope"}, "/$ref", "invalid_schema"),
        ({"$ref": "#"}, "/$ref", "circular"),
        ({"properties": {"a": {"$ref": "#"}}}, "/properties/a/$ref", "circular"),
        ({"properties": {"a": {"$ref": "#/%70roperties/a"}}}, "/properties/a/$ref", "circular"),
        (
            {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
            "/$defs/b/$ref",
            "circular",
        ),
        (growing(9), "/$defs/d0/allOf/0/$ref", "too_large"),
        (growing(6, by=4), "/$defs/d0/allOf/0/$ref", "too_large"),
        (growing(30), "/$defs/d15/allOf/0", "too_deep"),
        ({"allOf": [{}] * 1001}, "", "too_large"),
        ({"properties": {"definitions": {"allOf": [{}] * 1001}}}, "/properties/definitions", "too_large"),
        ({"description": "x" * 70_000}, "", "too_large"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_is_no_schema_or_could_do_harm_is_refused(schema: Any, where: str, code: str) -> None:
    problem = problem_of(schema, path="/params/input")

    assert (problem.path, problem.code) == (f"/params/input{where}", code)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"$id": DRAFT_2020, "properties": {"$id": {"type": "string"}, "id": {"type": "integer"}}},
        {"enum": [{"$ref": "http://example.com"}]},
        {"$defs": {f"d{each}": {"type": "object"} for each in range(900)}},
        {"enum": [*map(str, range(5000))]},
        growing(6),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_only_looks_like_it_is_accepted(schema: dict[str, Any]) -> None:
    assert problem_or_none(schema) is None


def problem_or_none(schema: Any) -> Problem | None:
    try:
        schemas.compile_schema(schema)
    except InvalidError as error:
        return error.problems[0]
    return None


@pytest.mark.parametrize("draft", [DRAFT_7, DRAFT_2020])
def test_other_drafts_are_understood(draft: str) -> None:
    schema = {"$schema": draft, "definitions": {"a~b": {"const": 1}}, "$ref": "#/definitions/a%7E0b"}

    assert [each.code for each in problems(schema, 2)] == ["const"]


def test_a_hostile_text_is_searched_in_linear_time() -> None:
    begun = time.monotonic()

    [problem] = problems({"pattern": "^(a+)+$"}, "a" * 200_000 + "!")

    assert len(problem.message) < 320
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "schema",
    [
        {"enum": [[0], *(each / 3 for each in range(900))]},
        {"enum": [[each / 3] for each in range(2000)]},
        {"anyOf": [{"const": each / 3} for each in range(490)]},
        {"anyOf": [*({"multipleOf": each + 0.5} for each in range(1, 490)), {}]},
        {"anyOf": [*({"minimum": each + 1000.1} for each in range(490)), {}]},
    ],
    ids=lambda value: str(value)[:30],
)
def test_slow_comparisons_with_many_values_are_refused_and_with_few_take_bounded_time(schema: Any) -> None:
    begun = time.monotonic()

    assert problems({"items": schema}, [1 / 3] * 60_000) == [
        Problem("/data", "schema", "This is too large to be held against the schema.")
    ]
    problems({"items": schema}, [1 / 3] * 200)
    assert time.monotonic() - begun < 5


def test_very_large_data_is_refused_without_places_and_in_time() -> None:
    begun = time.monotonic()

    assert problems({"anyOf": [{"items": {"type": "string"}}] * 40}, [1] * 100_000) == [
        Problem("/data", "schema", "This does not fit the schema; it is too large to say where.")
    ]
    assert time.monotonic() - begun < 5


def test_at_most_twenty_problems_are_told_each_in_a_short_sentence() -> None:
    found = problems({"items": {"type": "string"}}, [{"a": "x" * 10_000}] * 50)

    assert len(found) == 20
    assert max(len(each.message) for each in found) < 320


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
words = st.sampled_from(
    ["type", "$ref", "$defs", "properties", "items", "allOf", "not", "pattern", "enum", "$id", "required", "a"]
)
fragments = st.sampled_from(["#", "#/$defs/a", "#/", "string", "(", "a/b", "#/properties/x%ff", "#/allOf/0"])
parts = st.recursive(
    values | fragments,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(schema=st.dictionaries(words, parts, max_size=4) | parts, value=values)
def test_any_json_is_a_schema_or_refused(schema: Any, value: Any) -> None:
    if problem_or_none(schema) is None:
        assert all(isinstance(each, Problem) for each in problems(schema, value))
