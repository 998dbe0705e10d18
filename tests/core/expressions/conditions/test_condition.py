from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from core.expressions import conditions, scope
from core.expressions.conditions import InvalidConditionError
from core.expressions.scope import Scope
from tests.core.expressions.strategies import conditions as any_condition
from tests.core.expressions.strategies import json_objects, json_values

NOW = datetime(2026, 7, 31, 10, tzinfo=UTC)
LEAD = {
    "status": "qualified",
    "source": "referral",
    "score": 85,
    "annual_revenue": "1200000.00",
    "created": "2026-07-30",
}
SCOPE = scope.build(
    now=NOW, event={"data": {"lead": LEAD, "item": 5, "stream": {"viewer_peak": 150}}}, vars={"minimum": 80}
)

QUALIFIED = {"field": "lead.status", "operator": "eq", "value": "qualified"}
REFERRED = {"field": "lead.source", "operator": "eq", "value": "referral"}
MISSING = {"field": "lead.owner.email", "operator": "eq", "value": "x"}
MISTYPED = {"field": "lead.status", "operator": "gt", "value": 5}


def result(document: Any) -> bool | None:
    return conditions.compile(document).evaluate(SCOPE).result


@pytest.mark.parametrize(
    ("document", "holds"),
    [
        pytest.param(QUALIFIED, True, id="simple"),
        pytest.param(
            {"and": [QUALIFIED, {"or": [{"not": REFERRED}, {"field": "lead.score", "operator": "gte", "value": 80}]}]},
            True,
            id="nested",
        ),
        pytest.param([QUALIFIED, REFERRED], True, id="list"),
        pytest.param([], True, id="nothing asked"),
        pytest.param({"or": []}, False, id="nothing offered"),
        pytest.param({"not": QUALIFIED}, False, id="not"),
        pytest.param(
            {"field": "lead.annual_revenue", "operator": "gte", "value": 1_000_000}, True, id="number in text"
        ),
        pytest.param({"field": "time.hour", "operator": "between", "value": [9, 17]}, True, id="time window"),
        pytest.param({"field": "now", "operator": "gt", "value": "2026-07-31T09:59:59Z"}, True, id="now is an instant"),
        pytest.param(
            {"field": "lead.created", "operator": "gte", "value": "{{ today - 1 }}"}, True, id="templated date"
        ),
        pytest.param(
            {"field": "lead.score", "operator": "gte", "value": "{{ vars.minimum }}"}, True, id="templated number"
        ),
        pytest.param(
            {"field": "lead.score", "operator": "between", "value": ["{{ vars.minimum }}", 90]},
            True,
            id="templated bound",
        ),
        pytest.param({"jsonlogic": {"==": [{"var": "lead.status"}, "qualified"]}}, True, id="jsonlogic"),
        pytest.param(MISSING, None, id="missing"),
        pytest.param({"not": MISSING}, None, id="not of missing"),
        pytest.param([MISSING, QUALIFIED], None, id="missing and true"),
        pytest.param([MISSING, {"not": QUALIFIED}], False, id="missing and false"),
        pytest.param({"or": [MISSING, QUALIFIED]}, True, id="missing or true"),
        pytest.param(
            {"field": "lead.score", "operator": "eq", "value": "{{ lead.none }}"}, None, id="template of missing"
        ),
        pytest.param({"field": "item", "operator": "eq", "value": 5}, None, id="reserved name hides the data"),
    ],
)
def test_a_condition_has_three_answers(document: Any, holds: bool | None) -> None:
    assert result(document) is holds


def test_a_missing_field_is_could_not_tell() -> None:
    evaluation = conditions.compile(MISSING).evaluate(SCOPE)

    assert (evaluation.result, evaluation.why, evaluation.holds) == (None, "missing", False)


@pytest.mark.parametrize(
    ("document", "children"),
    [
        ({"and": [{"not": QUALIFIED}, REFERRED]}, 1),
        ({"or": [QUALIFIED, REFERRED]}, 1),
        ({"and": [MISSING, REFERRED]}, 2),
    ],
)
def test_live_evaluation_stops_at_what_decides(document: Any, children: int) -> None:
    assert len(conditions.compile(document).evaluate(SCOPE).children) == children


def test_an_explanation_shows_every_part() -> None:
    explained = conditions.compile({"or": [QUALIFIED, {"and": [MISSING, MISTYPED]}]}).evaluate(SCOPE, explain=True)

    assert explained.to_json() == {
        "operator": "or",
        "children": [
            {"operator": "eq", "field": "lead.status", "expected": "qualified", "actual": "qualified", "result": True},
            {
                "operator": "and",
                "children": [
                    {
                        "operator": "eq",
                        "field": "lead.owner.email",
                        "expected": "x",
                        "actual": None,
                        "result": "unknown",
                        "why": "missing",
                    },
                    {
                        "operator": "gt",
                        "field": "lead.status",
                        "expected": 5,
                        "actual": "qualified",
                        "result": "unknown",
                        "why": "type mismatch: string compared with number",
                    },
                ],
                "result": "unknown",
                "why": "missing",
            },
        ],
        "result": True,
    }


def test_an_explanation_shows_the_rendered_value() -> None:
    document = {"field": "lead.score", "operator": "gte", "value": "{{ vars.minimum + 10 }}"}

    assert conditions.compile(document).evaluate(SCOPE).to_json() == {
        "operator": "gte",
        "field": "lead.score",
        "expected": 90,
        "actual": 85,
        "result": False,
    }


@pytest.mark.parametrize(
    ("filters", "holds"),
    [
        ({"stream.viewer_peak": {"gte": 100, "lt": 200}, "lead.source": "referral"}, True),
        ({"stream.viewer_peak": {"gte": 100, "lt": 150}}, False),
        ({"nowhere": "NL"}, None),
        ({"nowhere": {"exists": False}}, True),
        ({"item": 5}, True),
        ({"lead.score": {"gte": "{{ vars.minimum }}"}}, True),
        ({}, True),
    ],
)
def test_filters_look_at_the_data_of_the_event_only(filters: Any, holds: bool | None) -> None:
    assert conditions.compile_filters(filters).evaluate(SCOPE).result is holds


def test_a_compiled_condition_knows_its_canonical_document() -> None:
    assert conditions.compile([QUALIFIED]).document == {"and": [QUALIFIED]}
    assert conditions.compile_filters({"country": "NL"}).document == {"country": {"eq": "NL"}}


def test_an_invalid_condition_is_refused_with_every_problem() -> None:
    with pytest.raises(InvalidConditionError) as refused:
        conditions.compile([5, {"field": "a", "operator": "eq"}])

    assert [(problem.path, problem.code) for problem in refused.value.problems] == [
        ("/0", "not_a_condition"),
        ("/1", "missing_value"),
    ]


@given(any_condition(), json_objects)
def test_evaluating_never_raises_and_explaining_gives_the_same_answer(document: Any, data: dict[str, Any]) -> None:
    if conditions.check(document, path=""):
        return
    condition, within = conditions.compile(document), scope.build(now=NOW, event={"data": data})

    live, explained = condition.evaluate(within), condition.evaluate(within, explain=True)

    assert live.result is explained.result
    assert (live.result is None) == (live.why is not None)
    assert explained.to_json()["result"] in {True, False, "unknown"}


@given(any_condition(), any_condition(), json_objects)
def test_de_morgan_holds_for_conditions(first: Any, second: Any, data: dict[str, Any]) -> None:
    if conditions.check([first, second], path=""):
        return
    within = Scope(fallback=data)

    one = conditions.compile({"not": {"and": [first, second]}}).evaluate(within)
    other = conditions.compile({"or": [{"not": first}, {"not": second}]}).evaluate(within)

    assert one.result is other.result


@given(json_values, json_objects)
def test_any_filters_that_pass_the_check_can_be_evaluated(filters: Any, data: dict[str, Any]) -> None:
    if not conditions.check_filters(filters, path=""):
        conditions.compile_filters(filters).evaluate(Scope(fallback=data), explain=True).to_json()
