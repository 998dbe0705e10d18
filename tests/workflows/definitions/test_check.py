"""The check: every problem of a definition at once, each at its place."""

import json
import time
from typing import Any

import pytest

from core.errors import Problem
from tests.factories import definition, log_event
from workflows.definitions import shorthand
from workflows.definitions.check import check
from workflows.definitions.references import Known

KNOWN = Known(secrets=frozenset({"webhook_signing_secret", "crm_key"}), variables=frozenset({"crm_url"}))


def problems(document: dict[str, Any]) -> list[Problem]:
    return check(shorthand.normalise(document), KNOWN)


def found(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in problems(document)]


def test_a_valid_definition_has_no_problems() -> None:
    assert problems(definition()) == []


def test_every_problem_is_listed_not_the_first_only() -> None:
    document = definition(
        {"type": "fold_paper", "params": {}},
        {"type": "log_event", "params": {"mesage": "x"}},
        {"type": "log_event", "params": {"message": "{{ actions.nope.output.x }}"}, "allow_failure": "perhaps"},
        trigger={"type": "lead created", "filters": {"score": {"atleast": 3}}},
        conditions=[{"field": "a", "operator": "equals", "value": 1}],
        settings={"retry": {"max_attempts": 0}},
        nmae="x",
    )

    assert set(found(document)) == {
        ("/nmae", "unknown_field"),
        ("/settings/retry/max_attempts", "invalid"),
        ("/actions/2/allow_failure", "invalid"),
        ("/triggers/0/type", "invalid_event_type"),
        ("/triggers/0/filters/score/atleast", "unknown_operator"),
        ("/conditions/and/0/operator", "unknown_operator"),
        ("/actions/0/type", "unknown_action_type"),
        ("/actions/1/params/message", "missing_parameter"),
        ("/actions/1/params/mesage", "unknown_parameter"),
        ("/actions/2/params/message", "unknown_path"),
    }


def test_a_problem_says_what_to_do() -> None:
    (problem,) = problems(definition({"type": "log_evnt", "params": {"message": "x"}}))

    assert problem == Problem(
        "/actions/0/type", "unknown_action_type", "There is no action type 'log_evnt'. Did you mean 'log_event'?"
    )


@pytest.mark.parametrize(
    "text",
    [
        "{{ lead.email }}",
        "{{ event.data.anything }}",
        "{{ event.type }} {{ event.id }}",
        "{{ workspace.webhook_url }} {{ tenant.tier }}",
        "{{ vars.crm_url }}",
        "{{ vars.unset | default('x') }}",
        "{{ secrets.crm_key }}",
        "{{ actions.first.output.message }}",
        "{{ actions.first.status }} {{ actions.first.error }}",
        "{{ run.id }} {{ run.variables.x }} {{ workflow.name }} {{ trigger.type }} {{ time.hour }} {{ today + 2 }}",
    ],
)
def test_names_that_may_exist_are_accepted(text: str) -> None:
    assert problems(definition(log_event("x", id="first"), log_event(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "{{ actions.nope.output.x }}",
        "{{ actions.second.output.message }}",
        "{{ actions.first.ouput.message }}",
        "{{ actions.first.output.nothing_of_the_kind }}",
        "{{ actions.later.output.message | default('x') }}",
        "{{ secrets.unknown }}",
        "{{ secrets.unknown | default('x') }}",
        "{{ vars.unknown }}",
        "{{ event.nope }}",
        "{{ workflow.nope }}",
        "{{ run.nope }}",
        "{{ time.nope }}",
    ],
)
def test_names_that_cannot_exist_are_refused(text: str) -> None:
    document = definition(log_event("x", id="first"), log_event(text, id="second"), log_event("x", id="later"))

    assert found(document) == [("/actions/1/params/message", "unknown_path")]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param({}, {("/name", "missing"), ("/actions", "missing"), ("/triggers", "missing")}, id="nothing"),
        pytest.param(definition(actions=[]), {("/actions", "missing")}, id="no actions"),
        pytest.param(definition(actions="log"), {("/actions", "invalid")}, id="actions that are text"),
        pytest.param(definition(actions=[7]), {("/actions/0", "invalid")}, id="an action that is a number"),
        pytest.param(definition(triggers=5), {("/triggers", "invalid")}, id="triggers"),
        pytest.param(
            definition({"type": 5}), {("/actions/0/id", "missing"), ("/actions/0/type", "invalid")}, id="type"
        ),
        pytest.param(
            definition({"type": "log_event", "params": []}), {("/actions/0/params", "invalid")}, id="params a list"
        ),
        pytest.param(definition(log_event("x", id="no spaces")), {("/actions/0/id", "invalid")}, id="an id"),
        pytest.param(
            definition(log_event("x", id="a"), log_event("y", id="a")),
            {("/actions/1/id", "duplicate_id")},
            id="id twice",
        ),
        pytest.param(
            definition(log_event("x", timeout_seconds=0)), {("/actions/0/timeout_seconds", "invalid")}, id="no time"
        ),
        pytest.param(
            definition(log_event("{{ unclosed")), {("/actions/0/params/message", "invalid_template")}, id="syntax"
        ),
    ],
)
def test_malformed_parts_are_problems_never_errors(document: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert set(found(document)) == expected


def test_more_actions_than_are_accepted_are_one_problem() -> None:
    document = definition(*[log_event("x") for _ in range(101)])

    assert found(document) == [("/actions", "too_many")]


@pytest.mark.parametrize(
    ("condition", "where"),
    [
        ({"field": "event.typ", "operator": "eq", "value": 1}, "/field"),
        ({"field": "run.variables.x", "operator": "eq", "value": 1}, "/field"),
        ({"field": "actions.greet.status", "operator": "eq", "value": 1}, "/field"),
        ({"field": "vars.nope", "operator": "eq", "value": 1}, "/field"),
        ({"field": "item.sku", "operator": "eq", "value": 1}, "/field"),
        ({"field": "score", "operator": "gte", "value": "{{ vars.nope }}"}, "/value"),
    ],
    ids=str,
)
def test_names_that_a_condition_cannot_see_are_refused(condition: dict[str, Any], where: str) -> None:
    nested = {"or": [{"not": condition}, {"field": "score", "operator": "eq", "value": 1}]}

    assert found(definition(conditions=nested)) == [(f"/conditions/or/0/not{where}", "unknown_path")]


def test_names_that_a_condition_can_see_are_accepted() -> None:
    fields = ["lead.score", "event.data.item.sku", "tenant.tier", "vars.crm_url", "time.hour", "event.subject"]
    conditions = [{"field": field, "operator": "eq", "value": "{{ vars.crm_url }}"} for field in fields]

    assert problems(definition(conditions=conditions)) == []


@pytest.mark.parametrize(
    ("filters", "is_refused"), [("urlencode", False), ("upper", True), ("trim | truncate(5)", True)]
)
def test_a_secret_goes_only_through_filters_that_leave_it_recognisable(filters: str, is_refused: bool) -> None:
    document = definition(log_event(f"{{{{ secrets.crm_key | {filters} }}}}"))

    assert found(document) == [("/actions/0/params/message", "secret_not_allowed")] * is_refused


@pytest.mark.parametrize(
    ("key", "params", "where"),
    [
        ("workflow", {"workflow": "{{ SECRET }}"}, ["/workflow"]),
        ("workflow", {"workflow": "{{ x }}", "data": {"token": "{{ SECRET }}"}}, ["/data/token"]),
        ("wait_for_event", {"event": "{{ SECRET }}"}, ["/event"]),
        ("approval", {"message": "{{ SECRET }}"}, []),
    ],
)
def test_no_secret_stands_in_parameters_that_are_stored(key: str, params: dict[str, Any], where: list[str]) -> None:
    written = json.loads(json.dumps(params).replace("SECRET", "secrets.crm_key"))

    assert found(definition({"type": key, "params": written})) == [
        (f"/actions/0/params{pointer}", "secret_not_allowed") for pointer in where
    ]


def test_after_a_hundred_problems_no_more_are_looked_for() -> None:
    document = definition(*[log_event("{{ event.nope }}{{ run.nope }}", id=f"a{number}") for number in range(90)])

    assert len(problems(document)) == 100


def test_more_triggers_than_are_accepted_are_one_problem() -> None:
    assert found(definition(triggers=["a.b"] * 51)) == [("/triggers", "too_many")]


def test_a_number_that_is_none_is_refused() -> None:
    assert found(definition(log_event("{{ 1e400 }}"))) == [("/actions/0/params/message", "forbidden")]


def test_templates_beyond_a_thousand_are_not_even_read() -> None:
    many = {"variables": {f"v{number}": "{{ a" for number in range(1001)}}
    document = definition({"type": "set_variables", "params": many})

    assert found(document) == [("", "too_many")]


def test_a_hundred_templates_of_many_expressions_are_too_many() -> None:
    dense = [log_event("{{ a | upper }}" * 150 + str(number), id=f"a{number}") for number in range(100)]
    started = time.monotonic()

    assert found(definition(*dense)) == [("", "too_many")]
    assert found(definition(*dense[:20])) == []
    assert found(definition(log_event("{{" * 100_000))) == [("/actions/0/params/message", "invalid_template")]
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"verification": {"scheme": "github", "secret": "{{secrets.crm_key}}"}}, []),
        (
            {"verification": {"scheme": "github", "secret": ["crm_key", "crm_kee"]}},
            [("/triggers/0/params/verification/secret", "unknown_secret")],
        ),
        ({"challenge": {"verify_token": "x"}}, [("/triggers/0/params/challenge/verify_token", "unknown_secret")]),
        ({"verification": {"scheme": "github"}}, [("/triggers/0/params/verification/secret", "missing")]),
        ({"respond": "last_action"}, []),
        ({"respond": "respond_action"}, [("/triggers/0/params", "missing_action")]),
    ],
    ids=str,
)
def test_a_webhook_names_what_the_workspace_and_the_workflow_have(
    params: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert found(definition(triggers=[{"type": "webhook", "params": params}])) == expected


def test_the_action_that_answers_may_stand_inside_another() -> None:
    loop = {"type": "loop", "for_each": [1], "params": {"actions": [{"type": "respond", "params": {}}]}}
    trigger = {"type": "webhook.received", "params": {"respond": "respond_action"}}

    assert found(definition(loop, triggers=[trigger])) == []


def test_actions_see_the_request_of_a_webhook() -> None:
    message = "{{ event.method }} {{ event.headers['x-kind'] }} {{ event.query.page }}"

    assert found(definition(log_event(message))) == []


@pytest.mark.parametrize("overlap", ["queue", "cancel_running", "cancel"])
def test_a_schedule_and_its_workflow_may_not_both_say_what_runs_wait_for(overlap: str) -> None:
    trigger = {"type": "schedule", "params": {"cron": "@daily", "overlap": overlap}}

    assert found(definition(triggers=[trigger])) == []
    assert found(definition(triggers=[trigger], settings={"concurrency": 2})) == [
        ("/triggers/0/params/overlap", "conflict")
    ]
