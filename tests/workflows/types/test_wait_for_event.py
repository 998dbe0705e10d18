from datetime import timedelta
from typing import Any

import pytest

from core.expressions import conditions
from core.expressions.scope import Scope
from tests.workflows.types.turns import NOW, control, failure, problems, take, turn
from workflows.types.base import Done, Listen, Wait

PAID = {"event": "invoice.paid", "correlation": {"invoice.id": "{{ invoice.id }}"}}
UNTIL = NOW + timedelta(days=30)
CONDITION = {"and": [{"field": "event.data.invoice.id", "operator": "eq", "value": 7}]}
PROGRESS = {
    "until": "2026-04-09T09:00:00Z",
    "since": "2026-03-10T09:00:00Z",
    "event_type": "invoice.paid",
    "condition": CONDITION,
}


def listened(params: dict[str, Any], **data: Any) -> Listen:
    step = take("wait_for_event", {"event": "invoice.paid", **params}, turn(**data))
    assert isinstance(step, Wait)
    assert step.listen is not None
    return step.listen


def holds(condition: Any, **data: Any) -> bool:
    """Whether an event with this data meets the condition, as the app that matches events reads it."""
    return conditions.compile(condition).evaluate(Scope(names={"event": {"data": data}}, fallback=data)).holds


def test_the_first_turn_listens_for_what_is_correlated_from_now_on() -> None:
    step = take("wait_for_event", PAID, turn(invoice={"id": 7}))

    assert step == Wait(UNTIL, PROGRESS, Listen("invoice.paid", CONDITION, NOW))


def test_later_turns_listen_for_the_same_whatever_has_changed() -> None:
    at = turn(now=NOW + timedelta(days=29), progress=PROGRESS, invoice={"id": 8})

    assert take("wait_for_event", PAID, at) == Wait(UNTIL, PROGRESS, Listen("invoice.paid", CONDITION, NOW))


@pytest.mark.parametrize("now", [NOW, UNTIL + timedelta(days=1)])
def test_an_event_ends_the_wait_even_after_the_time(now: Any) -> None:
    event = {"id": "e9", "type": "invoice.paid", "data": {"invoice": {"id": 7}}}

    step = take("wait_for_event", PAID, turn(now=now, progress={**PROGRESS, "event": event}, invoice={"id": 7}))

    assert step == Done({"event": event})


def test_when_the_time_is_up_it_goes_on_at_timeout() -> None:
    step = take("wait_for_event", PAID, turn(now=UNTIL, progress=PROGRESS, invoice={"id": 7}))

    assert step == Done({}, "timeout")


def test_without_match_and_correlation_any_event_of_the_type_will_do() -> None:
    assert listened({}) == Listen("invoice.paid", None, NOW)


def test_it_can_look_back_and_wait_as_long_as_it_is_told() -> None:
    params = {"event": "invoice.*", "look_back_seconds": 60, "timeout_seconds": 90}

    step = take("wait_for_event", params)

    assert isinstance(step, Wait)
    assert step.until == NOW + timedelta(seconds=90)
    assert step.listen == Listen("invoice.*", None, NOW - timedelta(seconds=60))


def test_the_condition_reads_the_event_and_its_values_read_the_run() -> None:
    match = [
        {"field": "amount", "operator": "gte", "value": "{{ vars.limit }}", "note": "enough"},
        {"or": [{"field": "event.data.paid", "operator": "exists"}, {"not": {"jsonlogic": {"var": "late"}}}]},
    ]

    condition = listened({"match": match}).condition

    assert condition == {
        "and": [
            {
                "and": [
                    {"field": "amount", "operator": "gte", "value": 80},
                    {
                        "or": [
                            {"field": "event.data.paid", "operator": "exists", "value": True},
                            {"not": {"jsonlogic": {"var": "late"}}},
                        ]
                    },
                ]
            }
        ]
    }
    assert [holds(condition, amount=amount, paid=1) for amount in (80, 79)] == [True, False]


def test_what_is_rendered_is_never_rendered_again() -> None:
    hostile = '{{ event.data.token }}\r\n"{{'
    params = {
        "match": {"field": "a", "operator": "in", "value": ["{{ x }}", "plain"]},
        "correlation": {"b": "{{ x }}", "c": {"deep": "{{ x }}"}},
    }

    condition = listened(params, x=hostile).condition

    assert holds(condition, a=hostile, b=hostile, c={"deep": hostile})
    assert not holds(condition, a="t", b="t", c={"deep": "t"}, token="t")


def test_correlation_means_the_data_even_where_a_name_is_reserved() -> None:
    condition = listened({"correlation": {"workflow": "w", "run[0].x": 1, '["a b"]': 2}}).condition

    assert condition is not None
    assert [part["field"] for part in condition["and"]] == [
        "event.data.workflow",
        "event.data.run.0.x",
        'event.data["a b"]',
    ]
    assert holds(condition, **{"workflow": "w", "run": [{"x": 1}], "a b": 2})


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"match": {"field": "a", "operator": "eq", "value": "{{ nothing }}"}}, "unknown_path"),
        ({"match": {"field": "a", "operator": "in", "value": "{{ x }}"}}, "invalid_condition"),
        ({"match": {"field": "a", "operator": "resembles", "value": "{{ x }}"}}, "invalid_condition"),
        ({"correlation": {"a": "{{ long }}"}}, "invalid_condition"),
        ({"correlation": {"a": "{{ longer }}"}}, "invalid_condition"),
        ({"event": "{{ x }}!"}, "invalid_parameters"),
        ({"correlation": "{{ x }}"}, "invalid_parameters"),
    ],
)
def test_what_cannot_be_waited_for_fails(params: dict[str, Any], code: str) -> None:
    data: dict[str, Any] = {"x": "text", "long": "{{" * 16_000, "longer": "x" * 66_000}

    error = failure("wait_for_event", {"event": "invoice.paid", **params}, turn(**data))

    assert (error.code, error.is_retryable) == (code, False)


def test_its_ports_are_done_and_timeout() -> None:
    assert control("wait_for_event").ports({}) == ("done", "timeout")


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"match": [], "correlation": {"a[0].b": "{{ x }}", "c": None}}, []),
        ({"event": "{{ x }}", "correlation": "{{ x }}", "timeout_seconds": "{{ x }}"}, []),
        ({"match": {"field": "event.type", "operator": "eq", "value": "{{ run.id }}"}}, []),
        ({"event": "lead created"}, [("/event", "invalid_parameter")]),
        ({"event": "**.created"}, [("/event", "invalid_parameter")]),
        ({"match": "{{ x }}"}, [("/match", "not_a_condition")]),
        ({"match": [{"field": "a", "operator": "resembles"}]}, [("/match/0/operator", "unknown_operator")]),
        (
            {"match": {"or": [{"not": {"field": "vars.limit", "operator": "eq", "value": 1}}]}},
            [("/match/or/0/not/field", "unknown_path")],
        ),
        ({"match": {"field": "time.hour", "operator": "eq", "value": 1}}, [("/match/field", "unknown_path")]),
        ({"correlation": {"a b": 1}}, [("/correlation/a b", "invalid_path")]),
        ({"correlation": {"a/b": "{{ secrets.token }}"}}, [("/correlation/a~1b", "secret_not_allowed")]),
        ({"correlation": {"a": ["{{ 1 + }}"]}}, [("/correlation/a/0", "invalid_template")]),
        ({"correlation": {f"a{number}": 1 for number in range(21)}}, [("/correlation", "invalid_parameter")]),
        ({"match": [{"field": "a", "operator": "exists"}] * 499, "correlation": {"a": 1}}, [("", "too_large")]),
        ({"look_back_seconds": 7 * 86_400 + 1}, [("/look_back_seconds", "invalid_parameter")]),
        ({"timeout_seconds": 0}, [("/timeout_seconds", "invalid_parameter")]),
        ({"timeout_seconds": 366 * 86_400 + 1}, [("/timeout_seconds", "invalid_parameter")]),
    ],
)
def test_mistakes_are_found_where_they_stand(params: dict[str, Any], found: list[tuple[str, str]]) -> None:
    expected = [(f"/params{pointer}", code) for pointer, code in found]

    assert problems("wait_for_event", {"event": "invoice.paid", **params}) == expected
