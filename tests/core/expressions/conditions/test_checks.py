from typing import Any

import pytest
from hypothesis import given

from core.errors import Problem
from core.expressions import conditions
from tests.core.expressions.strategies import json_values

GOOD = {"field": "a", "operator": "eq", "value": 1}


def nested(levels: int) -> Any:
    document: Any = GOOD
    for _ in range(levels):
        document = {"not": document}
    return document


def found(document: Any) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in conditions.check(document, path="/conditions")]


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        pytest.param(GOOD, [], id="good"),
        pytest.param({**GOOD, "title": "T", "note": "N"}, [], id="title and note"),
        pytest.param({"and": [], "note": "N"}, [], id="empty group"),
        pytest.param(5, [("", "not_a_condition")], id="number"),
        pytest.param(None, [("", "not_a_condition")], id="null"),
        pytest.param({}, [("", "not_a_condition")], id="empty map"),
        pytest.param({"operator": "eq", "value": 1}, [("", "not_a_condition")], id="no field"),
        pytest.param({"and": [], "or": []}, [("", "not_a_condition")], id="two kinds"),
        pytest.param({"field": "a", "value": 1}, [("", "missing_operator")], id="no operator"),
        pytest.param({"field": "a", "operator": "eq"}, [("", "missing_value")], id="no value"),
        pytest.param({"field": "a", "operator": "exists"}, [], id="default value"),
        pytest.param({"field": 5, "operator": "eq", "value": 1}, [("/field", "invalid_path")], id="field is a number"),
        pytest.param({"field": "a..b", "operator": "eq", "value": 1}, [("/field", "invalid_path")], id="bad path"),
        pytest.param({"field": "a", "operator": ">", "value": 1}, [("/operator", "unknown_operator")], id="symbol"),
        pytest.param(
            {"field": "a", "operator": ["eq"], "value": 1}, [("/operator", "unknown_operator")], id="list as operator"
        ),
        pytest.param({**GOOD, "valeu": 1}, [("/valeu", "unknown_key")], id="unknown key"),
        pytest.param({"field": "a", "operator": "in", "value": 1}, [("/value", "invalid_value")], id="bad value"),
        pytest.param({"field": "a", "operator": "in", "value": "{{ b }}"}, [], id="templated value"),
        pytest.param(
            {"field": "a", "operator": "in", "value": ["{{ b("]}, [("/value/0", "invalid_template")], id="bad template"
        ),
        pytest.param(
            {"field": "secrets.k", "operator": "exists"}, [("/field", "secret_not_allowed")], id="secret field"
        ),
        pytest.param(
            {"field": "a", "operator": "eq", "value": "{{ secrets.k }}"},
            [("/value", "secret_not_allowed")],
            id="secret value",
        ),
        pytest.param({"jsonlogic": {"or": [{"nope": 1}]}}, [("/jsonlogic/or/0", "unknown_operator")], id="rule"),
        pytest.param([GOOD, {"not": {"or": [GOOD, 7]}}], [("/1/not/or/1", "not_a_condition")], id="deep inside"),
        pytest.param({"or": 7}, [("/or", "not_a_condition")], id="member without a list"),
        pytest.param(nested(32), [], id="32 levels"),
        pytest.param(nested(33), [("/not" * 33, "too_deep")], id="33 levels"),
        pytest.param(nested(50_000), [("", "too_deep")], id="50,000 levels"),
        pytest.param([GOOD] * 499, [], id="500 parts"),
        pytest.param([GOOD] * 500, [("", "too_large")], id="501 parts"),
        pytest.param({**GOOD, "value": "x" * 70_000}, [("", "too_large")], id="70 kB"),
    ],
)
def test_a_problem_is_found_where_it_stands(document: Any, problems: list[tuple[str, str]]) -> None:
    assert found(document) == [("/conditions" + path, code) for path, code in problems]


def test_every_problem_is_reported_at_once() -> None:
    document = [{"field": "a b", "operator": "equals", "value": 1}, {"field": "a", "operator": "matches", "value": "("}]

    assert conditions.check(document, path="") == [
        Problem(
            "/0/field",
            "invalid_path",
            "The path `a b` cannot be read at character 2; "
            'put a key with spaces, dots, quotes or brackets in brackets: `a["x y.z"]`.',
        ),
        Problem("/0/operator", "unknown_operator", "There is no operator `equals`, did you mean `eq`?"),
        Problem("/1/value", "invalid_value", "The value of `matches` is not a usable pattern: unclosed group."),
    ]


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        pytest.param({"score": {"gte": 80, "lt": 90}, "a.b": "NL"}, [], id="good"),
        pytest.param({}, [], id="none"),
        pytest.param([GOOD], [("", "not_a_condition")], id="list"),
        pytest.param({"a b": 1}, [("/a b", "invalid_path")], id="bad path"),
        pytest.param({"a": {}}, [("/a", "missing_operator")], id="empty map"),
        pytest.param({"a": {"in": 5}}, [("/a/in", "invalid_value")], id="bad value"),
        pytest.param({"a": {"between": ["{{ x"]}}, [("/a/between/0", "invalid_template")], id="bad template"),
        pytest.param({"a": {"==": 5}}, [("/a/==", "unknown_operator")], id="symbol"),
        pytest.param({"a": "{{ x"}, [("/a", "invalid_template")], id="bad plain value"),
        pytest.param({"a/b": {"in": 5}}, [("/a~1b/in", "invalid_value")], id="escaped key"),
    ],
)
def test_a_problem_of_filters_is_found_where_it_stands(document: Any, problems: list[tuple[str, str]]) -> None:
    reported = [(problem.path, problem.code) for problem in conditions.check_filters(document, path="/filters")]

    assert reported == [("/filters" + path, code) for path, code in problems]


def test_nested_filters_are_told_to_write_the_path_out() -> None:
    [problem] = conditions.check_filters({"stream": {"viewer_peak": {"gte": 100}}}, path="")

    assert problem.message == (
        "There is no operator `viewer_peak`; if it is a part of the data, write the path out: `stream.viewer_peak`."
    )


@given(json_values)
def test_any_json_can_be_checked(document: Any) -> None:
    conditions.check(document, path="")
    conditions.check_filters(document, path="")
