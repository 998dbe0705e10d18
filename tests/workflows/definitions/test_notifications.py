"""Notifications in definitions: shorthand, what is wrong with them and where, and that they come out unchanged."""

from dataclasses import replace
from typing import Any

import pytest

from core.models import Role
from tests.factories import definition, log_event
from workflows.definitions import react_flow
from workflows.definitions.check import check
from workflows.definitions.document import Definition
from workflows.definitions.references import ConnectionFacts, Known
from workflows.definitions.shorthand import normalise

KNOWN = Known(secrets=frozenset({"key"}))
TOLD = {"channel": "email", "trigger": "ON_FAILED", "to": "a@example.com"}


def found(**changes: Any) -> list[tuple[str, str]]:
    document = definition(log_event("x", id="a", notifications=[{**TOLD, **changes}]))
    return [
        (each.path.removeprefix("/actions/0/notifications/0"), each.code) for each in check(normalise(document), KNOWN)
    ]


@pytest.mark.parametrize(
    ("name", "code"), [("ours", None), ("other", "wrong_connection"), ("their", "unknown_connection")]
)
def test_a_connection_is_one_that_the_workspace_has(name: str, code: str | None) -> None:
    have = {"ours": ConnectionFacts("smtp", Role.EDITOR), "other": ConnectionFacts("slack", Role.EDITOR)}
    document = definition(log_event("x", notifications=[{**TOLD, "connection": name}]))

    problems = check(normalise(document), replace(KNOWN, connections=lambda: have))

    path = "/actions/0/notifications/0/connection"
    assert [(each.path, each.code) for each in problems] == ([(path, code)] if code else [])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"to": ["a@example.com", "Ada <b@example.com>", "{{ workspace.owner_email }}"]},
        {"to": "{{ lead.email }}"},
        {"template": "action_failed"},
        {"message": "{{ action.name }} {{ error.message }} {{ run.status }} {{ run.link }} {{ link }} {{ lead.x }}"},
        {
            "message": "{{ actions.a.error.message }} {{ notification.trigger }} {{ run.id }}",
            "subject": "{{ lead.id }}",
        },
        {"delay_seconds": 3600, "group_seconds": 0, "id": "mine"},
        {"channel": "mail"},
    ],
    ids=str,
)
def test_what_is_right_has_no_problems(changes: dict[str, Any]) -> None:
    assert found(**changes) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"channel": "emial"}, ("/channel", "unknown_channel")),
        ({"channel": 5}, ("/channel", "invalid")),
        ({"trigger": "ON_FIRE"}, ("/trigger", "invalid")),
        ({"when": "failed"}, ("/when", "unknown_field")),
        ({"to": "nobody"}, ("/to", "invalid_address")),
        ({"to": ["a@example.com", "a@example.com\nBcc: b@example.com"]}, ("/to/1", "invalid_address")),
        ({"to": 7}, ("/to", "invalid")),
        ({"to": "{{ actions.nope.output.x }}"}, ("/to", "unknown_path")),
        ({"template": "action_faild"}, ("/template", "unknown_template")),
        ({"template": "action_failed", "message": "x"}, ("/template", "conflict")),
        ({"message": "{{ action.nope }}"}, ("/message", "unknown_path")),
        ({"message": "{{ run.nope }}"}, ("/message", "unknown_path")),
        ({"message": "{{ secrets.key }}"}, ("/message", "secret_not_allowed")),
        ({"subject": "{{ notification.nope }}"}, ("/subject", "unknown_path")),
        ({"subject": "{{ broken"}, ("/subject", "invalid_template")),
        ({"delay_seconds": -1}, ("/delay_seconds", "invalid")),
        ({"group_seconds": 1e9}, ("/group_seconds", "invalid")),
        ({"channel": "in_app", "connection": "mine"}, ("/connection", "unknown_parameter")),
        ({"id": "no dots."}, ("/id", "invalid")),
    ],
    ids=str,
)
def test_each_problem_stands_where_it_is(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert found(**changes) == [expected]


@pytest.mark.parametrize("written", [5, "x", [5], [None], [[]], {"channel": "email"}], ids=str)
def test_what_is_no_policy_is_a_problem_and_no_error(written: Any) -> None:
    paths = [each.path for each in check(normalise(definition(log_event("x", notifications=written))), KNOWN)]

    assert paths
    assert all(path.startswith("/actions/0/notifications") for path in paths)


def test_settings_have_notifications_of_the_run_which_see_all_actions() -> None:
    right = {**TOLD, "message": "{{ actions.a.status | default('-') }} {{ error.action }}"}
    wrong = {**TOLD, "message": "{{ actions.nope.status }}", "id": "b"}
    document = definition(log_event("x", id="a"), settings={"notifications": [right, wrong, {**wrong, "to": "x"}]})

    problems = [(each.path, each.code) for each in check(normalise(document), KNOWN)]

    assert problems == [
        ("/settings/notifications/1/message", "unknown_path"),
        ("/settings/notifications/2/to", "invalid_address"),
        ("/settings/notifications/2/message", "unknown_path"),
        ("/settings/notifications/2/id", "duplicate_id"),
    ]


def test_the_names_of_notifications_are_not_those_of_parameters() -> None:
    document = definition(log_event("{{ run.status }}", id="a"))

    assert [each.path for each in check(normalise(document), KNOWN)] == ["/actions/0/params/message"]


@pytest.mark.parametrize("name", ["notifications", "notificationPolicies", "notification_policies"])
def test_shorthand_becomes_the_canonical_form_which_stays_as_it_is(name: str) -> None:
    written = {"channel": "EMAIL", "template": "action_failed", "trigger": "on_failed"}
    document = definition(log_event("x", id="a", **{name: written}), settings={name: [written]})

    normalised = normalise(document)

    policy = {"channel": "email", "template": "action_failed", "trigger": "ON_FAILED"}
    assert normalised["actions"][0]["notifications"] == [policy]
    assert normalised["settings"]["notifications"] == [policy]
    assert normalise(normalised) == normalised
    assert normalise(react_flow.to_graph(normalised)) == normalised
    assert check(normalised, KNOWN) == []
    assert Definition.model_validate(normalised).actions[0].notifications[0].to == "{{ workspace.owner_email }}"


def test_a_policy_of_a_nested_action_is_checked_at_its_place() -> None:
    inner = log_event("x", id="i", notifications=[{**TOLD, "to": "nobody"}])
    document = definition({"id": "p", "type": "parallel", "params": {"branches": {"l": [inner]}}})

    assert [each.path for each in check(normalise(document), KNOWN)] == [
        "/actions/0/params/branches/l/0/notifications/0/to"
    ]
