from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from core.errors import Problem
from core.expressions import jsonlogic, scope
from core.expressions.jsonlogic import CannotTellError, InvalidRuleError
from core.expressions.verdicts import NO, YES
from tests import cases
from tests.core.expressions.strategies import json_values

DATA = {"lead": {"score": 85, "tags": ["new", "vip"], "x y": {"z": 1}, "name": "Acme"}, "item": 3}
SCOPE = scope.build(now=datetime(2026, 7, 31, 12, tzinfo=UTC), event={"data": DATA}, workspace={"tier": "gold"})


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"!": [value]}
    return value


def test_all_official_cases_pass() -> None:
    official = [case for case in cases.load("jsonlogic/compatible.json") if isinstance(case, dict)]

    passed = [case for case in official if jsonlogic.compile(case["rule"]).apply(case.get("data")) == case["result"]]

    assert (len(passed), len(official)) == (278, 278)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ({"var": "lead.score"}, 85),
        ({"var": "lead.tags.1"}, "vip"),
        ({"var": "lead.tags[1]"}, "vip"),
        ({"var": ['lead["x y"].z']}, 1),
        ({"var": ['lead["q q"].z', 9]}, 9),
        ({"var": "workspace.tier"}, "gold"),
        ({"var": "now"}, "2026-07-31T12:00:00Z"),
        ({"var": "time.hour"}, 12),
        ({"filter": [{"var": "lead.tags"}, {"==": [{"var": ""}, "vip"]}]}, ["vip"]),
        ("text", "text"),
    ],
)
def test_a_rule_sees_the_names_of_the_scope(rule: Any, value: Any) -> None:
    assert jsonlogic.compile(rule).decide(SCOPE) == (YES, value)


def test_a_reserved_name_hides_the_data() -> None:
    assert jsonlogic.compile({"var": "item"}).decide(SCOPE) == (NO, None)


def test_secrets_are_never_seen() -> None:
    within = scope.build(now=datetime(2026, 7, 31, 12, tzinfo=UTC), secrets={"KEY": "hush"})

    assert "hush" not in str(jsonlogic.compile({"var": ""}).decide(within))
    assert [problem.code for problem in jsonlogic.check({"!": [{"var": "secrets.KEY"}]}, path="")] == [
        "secret_not_allowed"
    ]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({">": [{"var": "lead.name"}, 5]}, "type mismatch: not a number in `>`"),
        ({"throw": "enough"}, "Thrown"),
        (
            {"reduce": [[1] * 20, {"merge": [{"var": "accumulator"}, {"var": "accumulator"}]}, [1]]},
            "the rule needs more than 10,000",
        ),
    ],
)
def test_an_error_while_evaluating_is_could_not_tell(rule: Any, why: str) -> None:
    verdict, value = jsonlogic.compile(rule).decide(SCOPE)

    assert verdict.result is None
    assert str(verdict.why).startswith(why)
    assert value is None


def test_data_is_bounded_before_the_engine_sees_it() -> None:
    rule = jsonlogic.compile({"var": ""})

    with pytest.raises(CannotTellError, match="nested more than 64 levels"):
        rule.apply(nested(50_000))
    with pytest.raises(CannotTellError, match="more than 262,144 characters"):
        rule.apply({"a": "x" * 300_000})


def test_only_the_names_that_are_read_count_against_the_bound() -> None:
    large = SCOPE.having(actions={"fetch": {"output": "x" * 300_000}})

    assert jsonlogic.compile({"var": "lead.score"}).decide(large) == (YES, 85)
    assert jsonlogic.compile({"var": "actions"}).decide(large)[0].why == "the data has more than 262,144 characters"


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (
            {"and": [1, {"var": "x"}, {"fitler": [1]}]},
            Problem("/if/and/2", "unknown_operator", "JSONLogic has no operator `fitler`, did you mean `filter`?"),
        ),
        ({"zeros": [[10], "f32"]}, Problem("/if", "unknown_operator", "JSONLogic has no operator `zeros`.")),
        (
            {"now": []},
            Problem(
                "/if",
                "not_deterministic",
                '`now` reads the clock when it runs; write {"var": "now"} for the instant of the evaluation.',
            ),
        ),
        (nested(50_000), Problem("/if", "too_deep", "The rule is nested more than 32 levels deep.")),
        (["x" * 70_000], Problem("/if", "too_large", "The rule has more than 65,536 characters.")),
    ],
    ids=["unknown operator", "tensors", "clock", "deep", "large"],
)
def test_a_rule_with_a_problem_is_refused(rule: Any, problem: Problem) -> None:
    assert jsonlogic.check(rule, path="/if") == [problem]
    with pytest.raises(InvalidRuleError):
        jsonlogic.compile(rule)


@given(json_values, json_values)
def test_any_rule_over_any_data_has_an_answer_or_a_reason(rule: Any, data: Any) -> None:
    if jsonlogic.check(rule, path=""):
        return
    verdict, _value = jsonlogic.compile(rule).decide(scope.Scope(fallback={"a": data}))

    assert verdict.result is not None or verdict.why
