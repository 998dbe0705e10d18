from typing import Any

import pytest

from core.expressions import conditions
from core.redaction.shortening import size_bytes
from tests.workflows.types.turns import control, failure, problems, take, turn
from workflows.types import condition, reading
from workflows.types.base import Done


def asks(operator: str, value: Any, field: str = "score") -> dict[str, Any]:
    return {"if": {"field": field, "operator": operator, "value": value}}


def test_what_holds_goes_by_true_and_is_explained() -> None:
    step = take("condition", asks("gte", "{{ vars.limit }}"), turn(score=90))

    explanation = {"operator": "gte", "field": "score", "expected": 80, "actual": 90, "result": True}
    assert step == Done({"result": True, "explanation": explanation}, "true")


def test_what_does_not_hold_goes_by_false() -> None:
    step = take("condition", asks("gte", 80), turn(score=79))

    explanation = {"operator": "gte", "field": "score", "expected": 80, "actual": 79, "result": False}
    assert step == Done({"result": False, "explanation": explanation}, "false")


def test_what_could_not_be_told_goes_by_false_and_says_why() -> None:
    step = take("condition", asks("gte", 80))

    assert isinstance(step, Done)
    assert (step.port, step.output["result"]) == ("false", "unknown")
    assert step.output["explanation"]["why"] == "missing"


def test_a_list_holds_when_all_of_it_does_and_every_part_is_explained() -> None:
    both = {"if": [asks("gte", 80)["if"], asks("eq", "NL", field="country")["if"]]}

    step = take("condition", both, turn(score=1, country="NL"))

    assert isinstance(step, Done)
    assert step.port == "false"
    assert [child["result"] for child in step.output["explanation"]["children"]] == [False, True]


def test_an_explanation_has_an_end() -> None:
    many = {"if": {"or": [asks("eq", "x" * 150)["if"] for _ in range(300)]}}

    step = take("condition", many, turn(score="y" * 100_000))

    assert isinstance(step, Done)
    assert size_bytes(step.output["explanation"]) <= condition.MAX_EXPLANATION_BYTES
    assert step.output["result"] is False


def test_a_condition_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reading._compiled.cache_clear()
    compiled: list[Any] = []
    real = conditions.compile

    def compile_(document: Any) -> conditions.Condition:
        compiled.append(document)
        return real(document)

    monkeypatch.setattr(conditions, "compile", compile_)

    for score in (1, 2, 3):
        take("condition", asks("eq", 2), turn(score=score))

    assert compiled == [asks("eq", 2)["if"]]


def test_a_condition_that_no_longer_compiles_fails() -> None:
    error = failure("condition", asks("resembles", 1))

    assert (error.code, error.is_retryable) == ("invalid_condition", False)


@pytest.mark.parametrize(
    ("params", "found"),
    [
        (asks("gte", "{{ vars.limit }}"), []),
        ({"if": []}, []),
        ({}, [("/params/if", "missing_parameter")]),
        ({"if": {"field": "a", "operator": "eq", "value": 1}, "else": 1}, [("/params/else", "unknown_parameter")]),
        ({"if": "{{ score }}"}, [("/params/if", "not_a_condition")]),
        ({"if": None}, [("/params/if", "not_a_condition")]),
        ({"if": 5}, [("/params/if", "not_a_condition")]),
        (asks("resembles", 1), [("/params/if/operator", "unknown_operator")]),
        ({"if": [{"not": asks("eq", 1, field="a b")["if"]}]}, [("/params/if/0/not/field", "invalid_path")]),
        (asks("eq", "{{ secrets.token }}"), [("/params/if/value", "secret_not_allowed")]),
    ],
)  # fmt: skip
def test_mistakes_are_found_where_they_stand(params: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert problems("condition", params) == found


def test_its_ports_are_true_and_false_and_a_bare_need_means_true() -> None:
    assert control("condition").ports({}) == ("true", "false")
