import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import schemas
from core.errors import InvalidError, Problem

LEAD = {
    "type": "object",
    "required": ["lead"],
    "properties": {"lead": {"$ref": "#/$defs/lead"}, "$ref": {"type": "integer"}},
    "$defs": {"lead": {"type": "object", "properties": {"score": {"type": "integer", "minimum": 0}}}},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "$ref", "properties", "items", "allOf", "not", "enum", "pattern", "$id", "a"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def doubling(levels: int) -> dict[str, Any]:
    """A schema of a few lines that is 2 ** levels parts long when it is written out."""
    defs = {f"d{each}": {"allOf": [{"$ref": f"#/$defs/d{each + 1}"}] * 2} for each in range(levels)}
    return {"$ref": "#/$defs/d0", "$defs": {**defs, f"d{levels}": {"type": "object"}}}


def test_what_fits_has_no_problems() -> None:
    assert schemas.check(LEAD) == []
    assert schemas.validate(LEAD, {"lead": {"score": 7}, "$ref": 1}) == []


def test_every_problem_is_told_where_it_stands() -> None:
    assert schemas.validate(LEAD, {"lead": {"score": -1}, "$ref": "x"}, path="/data") == [
        Problem("/data/lead/score", "invalid", "-1 is less than the minimum of 0."),
        Problem("/data/$ref", "invalid", '"x" is not of type "integer".'),
    ]
    assert schemas.validate(LEAD, {}, path="/data") == [
        Problem("/data/lead", "missing", "'lead' is missing; it is required.")
    ]


@pytest.mark.parametrize(
    ("schema", "where"),
    [
        ([], ""),
        ("object", ""),
        ({"type": "objct"}, "/type"),
        ({"properties": {"a": {"pattern": "(a"}}}, "/properties/a/pattern"),
        ({"properties": {"a": {"pattern": "(?=a)b"}}}, "/properties/a/pattern"),
        ({"pattern": "a{1000}{1000}{1000}"}, "/pattern"),
        ({"$ref": "http://127.0.0.1:1/schema.json"}, "/$ref"),
        ({"$ref": "file:///etc/passwd"}, "/$ref"),
        ({"$ref": "other.json"}, "/$ref"),
        ({"$ref": 7}, "/$ref"),
        ({"$ref": "#/$defs/nope"}, "/$ref"),
        ({"$ref": "#"}, ""),
        ({"properties": {"a": {"$ref": "#"}}}, ""),
        ({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}, "/$defs/a"),
        ({"$id": "http://127.0.0.1:1/x"}, "/$id"),
        ({"items": {"$dynamicRef": "#x"}}, "/items/$dynamicRef"),
        ({"$schema": "http://127.0.0.1:1/meta.json"}, ""),
        (doubling(30), "/$defs/d22"),
        ({"allOf": [{}] * 1001}, ""),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_is_no_schema_or_could_do_harm_is_refused(schema: Any, where: str) -> None:
    [problem] = schemas.check(schema, path="/params/input")

    assert (problem.path, problem.code) == (f"/params/input{where}", "invalid_schema")
    with pytest.raises(InvalidError):
        schemas.compile(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"properties": {"$id": {"type": "string"}, "id": {"type": "integer"}}},
        {"enum": [{"$ref": "http://example.com"}]},
        {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {}}, "$ref": "#/definitions/a"},
        {"$defs": {f"d{each}": {"type": "object"} for each in range(900)}},
        doubling(6),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_only_looks_like_it_is_accepted(schema: dict[str, Any]) -> None:
    assert schemas.check(schema) == []


def test_a_hostile_text_is_searched_in_linear_time() -> None:
    began = time.monotonic()

    found = schemas.validate({"pattern": "^(a+)+$"}, "a" * 200_000 + "!")

    assert len(found) == 1
    assert len(found[0].message) < 350
    assert time.monotonic() - began < 5


@given(JSON)
def test_any_json_is_either_refused_or_can_be_held_against_any(schema: Any) -> None:
    if not schemas.check(schema):
        schemas.validate(schema, {"a": [1, "x", None]})
