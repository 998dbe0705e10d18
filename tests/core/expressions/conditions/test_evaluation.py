from core.expressions.conditions import Evaluation
from core.expressions.paths import MISSING


def test_what_could_not_be_told_does_not_hold() -> None:
    assert [Evaluation(operator="eq", result=result).holds for result in (True, False, None)] == [True, False, False]


def test_a_missing_value_is_shown_as_null_with_the_reason() -> None:
    evaluation = Evaluation(operator="eq", result=None, why="missing", field="a", expected=1, actual=MISSING)

    assert evaluation.to_json() == {
        "operator": "eq",
        "field": "a",
        "expected": 1,
        "actual": None,
        "result": "unknown",
        "why": "missing",
    }


def test_a_rule_is_shown_with_its_value() -> None:
    evaluation = Evaluation(operator="jsonlogic", result=True, expected={"var": "a"}, actual=[1])

    assert evaluation.to_json() == {"operator": "jsonlogic", "expected": {"var": "a"}, "actual": [1], "result": True}


def test_large_values_are_shown_shortened() -> None:
    evaluation = Evaluation(operator="eq", result=False, field="a", expected="x" * 5000, actual=["y" * 5000])

    shown = evaluation.to_json()

    assert shown["expected"] == "x" * 999 + "…"
    assert shown["actual"] == '["' + "y" * 997 + "…"
