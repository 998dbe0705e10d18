from typing import Any

import pytest

from actions import checking
from actions.base import ActionFailedError
from actions.registry import action_types
from core.errors import Problem


def problems(key: str, params: dict[str, Any]) -> list[Problem]:
    return checking.check_params(action_types.get(key), params, path="/actions/0/params")


def summary(key: str, params: dict[str, Any]) -> list[tuple[str, str]]:
    return [(problem.path.removeprefix("/actions/0/params"), problem.code) for problem in problems(key, params)]


@pytest.mark.parametrize(
    ("key", "params"),
    [
        (
            "send_email",
            {
                "to": "{{lead.email}}",
                "subject": "Welcome to our platform",
                "template": "welcome_email",
                "variables": {"first_name": "{{lead.first_name}}"},
            },
        ),
        (
            "call_webhook",
            {
                "url": "https://api.example.com/webhooks/lead",
                "method": "POST",
                "headers": {"Authorization": "Bearer {{api_key}}", "Content-Type": "application/json"},
                "body": {"lead_id": "{{lead.id}}", "event": "lead.qualified"},
            },
        ),
        (
            "send_webhook",
            {"url": "{{tenant.webhook_url}}", "payload": {"event": "clip_created", "stream_id": "{{stream.id}}"}},
        ),
        ("http_request", {"method": "POST", "url": "{{vars.crm_url}}/leads", "json": {"id": "{{lead.id}}"}}),
    ],
)
def test_the_parameters_of_the_requirements_have_no_problem(key: str, params: dict[str, Any]) -> None:
    assert problems(key, params) == []


@pytest.mark.parametrize(
    "params",
    [
        {"url": "https://x.example", "method": "{{m}}"},
        {"url": "https://x.example", "headers": "{{headers}}"},
        {"url": "https://x/{{a}}", "headers": {"A": "{{a}}"}, "query": {"n": ["{{n}}"]}},
        {"url": "https://x.example", "expected_status": "{{codes}}", "timeout_seconds": "{{t}}"},
        {"url": "https://x.example", "expected_status": [200, "{{code}}"]},
    ],
)
def test_what_a_template_will_say_is_left_to_the_run(params: dict[str, Any]) -> None:
    assert problems("http_request", params) == []


def test_beside_a_template_other_problems_stay() -> None:
    params = {"methd": "{{m}}", "headers": "{{headers}}", "query": 5}

    assert summary("http_request", params) == [
        ("/url", "missing_parameter"),
        ("/query", "invalid_parameter"),
        ("/methd", "unknown_parameter"),
    ]


def test_a_list_with_a_template_is_still_checked_in_its_other_items() -> None:
    assert summary("send_email", {"to": ["{{x}}", "no address"], "subject": "x", "text": "x"}) == [
        ("/to/1", "invalid_parameter")
    ]


def test_a_missing_parameter_is_explained() -> None:
    assert problems("log_event", {}) == [
        Problem("/actions/0/params/message", "missing_parameter", "'message' is required: The line to write.")
    ]


def test_an_unknown_parameter_gets_a_guess_or_the_list() -> None:
    close, far = problems("log_event", {"message": "x", "levle": "info", "zzz": 1})

    assert close.message == "log_event has no parameter 'levle'. Did you mean 'level'?"
    assert far.message == "log_event has no parameter 'zzz'. It takes message, level, fields."


def test_a_wrong_value_is_told_what_was_expected_and_repeated_only_when_it_can_be_no_secret() -> None:
    (level,) = problems("log_event", {"message": "x", "level": "warn"})
    (fields,) = problems("log_event", {"message": "x", "fields": "hunter2"})
    (message,) = problems("log_event", {"message": {"a": 1}})

    assert level.message == "Expected 'debug', 'info', 'warning' or 'error'; got 'warn'. Did you mean 'warning'?"
    assert fields.message == "Expected an object; got text."
    assert message.message == "Expected text; got an object. The filter `json` makes text of it."


def test_the_members_of_a_union_make_one_problem() -> None:
    (problem,) = problems("http_request", {"url": "https://x.example", "body": 5.5j})

    assert (problem.path, problem.code) == ("/actions/0/params/body", "invalid_parameter")
    assert problem.message.count(" Or: ") == 2


def test_names_with_slashes_are_escaped_in_the_pointer() -> None:
    assert summary("http_request", {"url": "https://x.example", "headers": {"a/b~c": {}}}) == [
        ("/headers/a~1b~0c", "invalid_parameter")
    ]


def test_at_run_time_a_template_is_a_value_like_any_other() -> None:
    with pytest.raises(ActionFailedError) as raised:
        checking.validated(
            action_types.get("http_request"), {"url": "https://x.example", "method": "{{m}}", "query": 5}
        )

    assert (raised.value.code, raised.value.is_retryable) == ("invalid_parameters", False)
    assert raised.value.message == (
        "The parameters do not fit. /method: Expected 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD' or 'OPTIONS'; "
        "got text. /query: Expected an object; got a number."
    )


def test_a_number_is_taken_where_text_is_expected() -> None:
    params = checking.validated(action_types.get("log_event"), {"message": 5})

    assert params.message == "5"


def test_names_that_only_python_knows_are_no_parameters_of_the_schema() -> None:
    schema = action_types.get("http_request").params_model.model_json_schema()

    assert "json" in schema["properties"]
    assert "json_body" not in schema["properties"]


def test_lengths_are_told_in_plain_words() -> None:
    (text,) = problems("send_sms", {"to": "+31612345678", "text": ""})
    (labels,) = problems("ai_classification", {"text": "x", "labels": ["a"]})

    assert text.message == "Expected at least 1 character; got text."
    assert labels.message == "Expected at least 2 items; got a list."
