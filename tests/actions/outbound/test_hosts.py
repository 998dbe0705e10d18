from typing import Any

import pytest

from actions import checking
from actions.registry import action_types


def codes(params: dict[str, Any]) -> list[tuple[str, str]]:
    found = checking.check_params(action_types.get("send_webhook"), params, path="/params")
    return [(problem.path, problem.code) for problem in found]


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com/leads/{{lead.id}}",
        "https://api.example.com?lead={{lead.id}}",
        "https://api.example.com#{{lead.id}}",
        "{{tenant.webhook_url}}",
        "{{ workspace.settings.url }}/{{ lead.id }}",
        "{{vars.crm_url}}/leads/{{lead.id}}",
        "https://{{secrets.host}}:8443/{{event.id}}",
        "https://{{vars.region | default('eu')}}.example.com/",
    ],
)
def test_the_workspace_may_name_the_host(url: str) -> None:
    assert codes({"url": url}) == []


@pytest.mark.parametrize(
    "url",
    [
        "{{lead.url}}",
        "{{event.data.url}}/x",
        "https://{{lead.host}}/",
        "https://api.example.com{{lead.path}}",
        "https://api.{{lead.region}}.example.com/x",
        "https://api.example.com:{{lead.port}}/",
        "{{vars.base}}{{lead.suffix}}/",
        "{{actions.first.output.body.url}}",
        "{{ vars.a if lead.b else vars.c }}/x",
        "{{ lead.host | default('}}/') }}",
        "{{item}}",
    ],
)
def test_an_event_may_not_name_the_host(url: str) -> None:
    assert codes({"url": url}) == [("/params/url", "dynamic_host")]


def test_an_event_may_name_the_host_where_that_is_wanted() -> None:
    assert codes({"url": "{{lead.url}}", "allow_dynamic_host": True}) == []


def test_the_problem_says_where_the_host_comes_from() -> None:
    (problem,) = checking.check_params(action_types.get("http_request"), {"url": "https://{{lead.host}}/"}, path="")

    assert problem.message == (
        "The host of this URL comes from lead.host. It may come from workspace, vars and secrets; "
        "set allow_dynamic_host to true when whoever sends the events may choose it."
    )
