from typing import Any

from pydantic import BaseModel

from actions import samples


class Inner(BaseModel):
    """Holds itself."""

    name: str
    more: "Inner | None" = None


class Output(BaseModel):
    """A model of an output."""

    text: str
    number: float
    inner: Inner
    items: list[Inner]
    maybe: int | None
    anything: Any


def test_an_example_has_every_field_of_the_model() -> None:
    assert samples.of_model(Output) == {
        "text": "sample", "number": 1.0, "inner": {"name": "sample", "more": None}, "items": [], "maybe": 1,
        "anything": None,
    }  # fmt: skip
    assert samples.of_model(None) == {}


def test_what_a_schema_says_itself_comes_first() -> None:
    assert samples.of_schema({"type": "string", "examples": ["Ada"], "default": "x"}) == "Ada"
    assert samples.of_schema({"enum": ["a", "b"]}) == "a"
    assert samples.of_schema({"type": "string", "format": "date"}) == "2026-01-31"


def test_a_schema_that_refers_to_itself_ends() -> None:
    schema = {"$ref": "#/$defs/a", "$defs": {"a": {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}}}}

    assert "None" in str(samples.of_schema(schema))
