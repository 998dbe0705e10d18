from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator

from core import validation
from core.errors import InvalidError, Problem


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    size: int


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    parts: list[Part] = Field([], max_length=3)
    code: str = Field("", pattern="^[A-Z]{2}$", description="Two capitals.")
    owner: str = "us"
    main: Part | None = None
    sizes: dict[str, int] = {}
    condition: bool = Field(default=False, alias="if")
    password: str = Field("", repr=False)

    @field_validator("name")
    @classmethod
    def is_lower(cls, value: str) -> str:
        if value != value.lower():
            raise ValueError("expected lower case")
        return value

    @field_validator("owner")
    @classmethod
    def is_us(cls, value: str) -> str:
        if value != "us":
            raise ValueError(f"{value!r} is nobody")
        return value


def problems_of(document: dict[str, Any]) -> list[Problem]:
    with pytest.raises(InvalidError) as raised:
        validation.parse(Order, document)
    return list(raised.value.problems)


def test_a_valid_document_becomes_the_model() -> None:
    order = validation.parse(Order, {"name": "x", "parts": [{"size": 2}], "if": True})

    assert (order.name, order.parts, order.condition) == ("x", [Part(size=2)], True)


def test_every_problem_is_told_in_the_order_of_the_fields() -> None:
    assert problems_of({"parts": [{"size": "big"}, {}], "nam": "x"}) == [
        Problem("/name", "missing", "'name' is missing; it is required."),
        Problem(
            "/parts/0/size",
            "invalid",
            "It should be a whole number; got 'big'.",
        ),
        Problem("/parts/1/size", "missing", "'size' is missing; it is required."),
        Problem("/nam", "unknown_field", "'nam' is not known here. Did you mean 'name'?"),
    ]


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        pytest.param(
            {"name": "X"},
            Problem("/name", "invalid", "Expected lower case; got 'X'."),
            id="our own words stand without pydantic's",
        ),
        pytest.param(
            {"name": "x", "iff": True},
            Problem("/iff", "unknown_field", "'iff' is not known here. Did you mean 'if'?"),
            id="aliases are suggested",
        ),
        pytest.param(
            {"name": "x", "zzzzzz": 1},
            Problem(
                "/zzzzzz",
                "unknown_field",
                "'zzzzzz' is not known here. There are name, parts, code, owner, main, sizes, if, password.",
            ),
            id="nothing is suggested when nothing is close",
        ),
        pytest.param(
            {"name": "x", "parts": [{"size": 1, "nam": 1}]},
            Problem("/parts/0/nam", "unknown_field", "'nam' is not known here. There are size."),
            id="names of the outer model are not suggested inside",
        ),
        pytest.param(
            {"name": "x", "parts": [{"size": 1, "sizes": 1}]},
            Problem("/parts/0/sizes", "unknown_field", "'sizes' is not known here. Did you mean 'size'?"),
            id="names of the inner model are suggested inside",
        ),
        pytest.param(
            {"name": "x", "main": 3},
            Problem("/main", "invalid", "It should be an object: {...}; got 3."),
            id="no class of ours is named",
        ),
        pytest.param(
            {"name": "x", "sizes": {"a/b": "z"}},
            Problem(
                "/sizes/a~1b",
                "invalid",
                "It should be a whole number; got 'z'.",
            ),
            id="keys are escaped in pointers",
        ),
    ],
)
def test_a_problem_says_where_what_and_what_was_found(document: dict[str, Any], problem: Problem) -> None:
    assert problems_of(document) == [problem]


def test_what_was_found_is_shown_shortened() -> None:
    [problem] = problems_of({"name": ["x" * 1000]})

    assert problem.message == f"It should be text; got ['{'x' * 75}...."


def test_what_was_found_in_a_secret_field_is_not_shown() -> None:
    [problem] = problems_of({"name": "x", "password": ["hunter2"]})

    assert problem == Problem("/password", "invalid", "It should be text.")


def test_the_detail_may_be_given() -> None:
    with pytest.raises(InvalidError, match="Nothing was stored") as raised:
        validation.parse(Order, {}, detail="Nothing was stored.")

    assert raised.value.detail == "Nothing was stored."


@pytest.mark.parametrize("document", [None, [], "text", 1], ids=repr)
def test_what_is_no_object_is_refused_at_the_root(document: Any) -> None:
    [problem] = problems_of(document)

    assert (problem.path, problem.code) == ("", "invalid")


@pytest.mark.parametrize(
    ("word", "hint"),
    [("lead.craeted", " Did you mean 'lead.created'?"), ("order", ""), ("", "")],
)
def test_a_close_word_is_suggested(word: str, hint: str) -> None:
    assert validation.did_you_mean(word, ["lead.created", "lead.closed"]) == hint


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param(
            {"code": "be"},
            "It does not have the form that is expected: Two capitals; got 'be'.",
            id="the description stands in the place of a pattern",
        ),
        pytest.param({"owner": "you"}, "'you' is nobody.", id="a value is not said twice"),
        pytest.param(
            {"parts": [{"size": 1}] * 4},
            "It should have at most 3 items; got [{'size': 1}, {'size': 1}, {'size': 1}, {'size': 1}].",
            id="a count is said once",
        ),
    ],
)
def test_messages_are_for_people(document: dict[str, Any], message: str) -> None:
    (problem,) = problems_of({"name": "x", **document})

    assert problem.message == message
