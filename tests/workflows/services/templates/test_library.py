"""Every template: its own tests, in memory; and published in a workspace that has what it needs."""

from dataclasses import replace
from typing import Any

import pytest
from django.core import mail

from actions.models import Connection
from core import tenancy
from core.models import Workspace
from core.services import secrets
from tests import factories, runner
from triggers.services import matching
from workflows.models import ActionRun, Run
from workflows.services import decisions, workflows
from workflows.services.templates import forking, library, requirements, trying, values
from workflows.services.templates.requirements import Needed

pytestmark = pytest.mark.django_db

Json = dict[str, Any]

KNOWN = library.known()
SHIPPED = [slug for slug, each in KNOWN.items() if not each.plugin]


def give(workspace: Workspace, slug: str) -> None:
    """What a template needs with the parameters of its first test."""
    template = KNOWN[slug]
    filled = values.checked(template, template.trials[0].parameters)
    for each in requirements.of(template, filled):
        if each.kind == Needed.CONNECTION:
            kind = next(iter(each.connection_kinds), "http_bearer")
            Connection.objects.get_or_create(workspace=workspace, name=each.name, defaults={"kind": kind})
        elif each.kind == Needed.SECRET:
            secrets.put(name=each.name, value="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


def test_there_are_many_and_each_says_what_it_is_for() -> None:
    assert len(SHIPPED) >= 18
    for slug in SHIPPED:
        template = KNOWN[slug]
        assert template.description, slug
        assert template.category, slug
        assert template.tags, slug
        assert template.trials, slug
        assert all(each.schema["title"] for each in template.parameters.values())


def test_what_is_needed_is_read_wherever_a_definition_names_something(scope: Workspace) -> None:
    source = {
        "name": "x",
        "trigger": "a.b",
        "conditions": [
            {"field": "vars.needed", "operator": "eq", "value": 1},
            {"field": "vars.perhaps", "operator": "exists"},
        ],
        "actions": [
            {
                "type": "log_event",
                "params": {"message": "{{ vars.also | default('') }}"},
                "undo": {"type": "http_request", "params": {"url": "https://x.example.com", "connection": "crm"}},
                "notifications": [{"channel": "slack", "connection": "${slack}"}],
            }
        ],
    }
    template = replace(KNOWN["announce-won-deals"], source=source)

    found = requirements.of(template, {})

    assert [(each.kind.value, each.name, each.parameter) for each in found] == [
        ("connection", "", "slack"), ("connection", "crm", ""), ("variable", "needed", ""), ("event_type", "a.b", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("plugin", ["", "examples.crm", "examples.streaming"])
def test_templates_do_what_their_own_tests_say(workspace: Workspace, plugin: str) -> None:
    trials = [(each, trial) for each in library.listed(plugin=plugin) for trial in each.trials]

    with tenancy.scope(workspace.pk):
        found = {
            (template.slug, trial.name): trying.differences(template, trial, workspace=workspace)
            for template, trial in trials
        }

    assert found
    assert {place: each for place, each in found.items() if each} == {}


def test_a_test_that_comes_to_something_else_is_told(workspace: Workspace) -> None:
    template = KNOWN["announce-won-deals"]
    trial = template.trials[1]
    larger = replace(trial, parameters={**trial.parameters, "large": 1})

    with tenancy.scope(workspace.pk):
        found = trying.differences(template, larger, workspace=workspace)

    assert [each.path for each in found] == ["/actions/handover/status"]
    assert found[0].message == '/actions/handover/status: expected "skipped", and it is "completed".'


def test_each_is_published_where_what_it_needs_is_there(scope: Workspace) -> None:
    told = {}
    for slug in [slug for slug, each in KNOWN.items() if each.trials]:
        give(scope, slug)
        row = forking.fork(KNOWN[slug], KNOWN[slug].trials[0].parameters, by="test")
        told[slug] = (workflows.problems(row), workflows.publish(row, published_by="test").number)

    assert told == dict.fromkeys(told, ([], 1))
    assert len(told) >= 22


def started(workspace: Workspace, slug: str, parameters: Json, type_: str, **data: Any) -> Run:
    """The run that an event starts of a workflow made of a template, after all that goes on without waiting."""
    row = forking.fork(KNOWN[slug], parameters, by="test")
    workflows.publish(row, published_by="test")
    matching.match(factories.event(workspace, type_, **data).pk)
    runner.drain()
    return Run.objects.get(workflow=row)


def test_usage_is_warned_of_for_real(scope: Workspace) -> None:
    data = {"usage_percent": 82.54, "threshold_percent": 80, "meter": "minutes", "period": "2026-11"}

    run = started(scope, "warn-of-usage", {"owner": "owner@example.com"}, "billing.usage_threshold", **data)

    assert (run.status, run.error) == ("completed", None)
    assert [(each.to, each.subject) for each in mail.outbox] == [
        (["owner@example.com"], "82.5 % of minutes is used"),
    ]  # fmt: skip


def test_an_approval_is_asked_and_granted_for_real(scope: Workspace) -> None:
    data = {"requester": {"email": "ann@example.com"}, "request": {"title": "A desk", "amount": 400}}

    run = started(scope, "ask-for-approval", {"approver": "boss@example.com"}, "approval.requested", **data)
    decisions.decide(ActionRun.objects.get(run=run, key="ask"), "approved", comment="", by="boss")
    runner.drain()

    run.refresh_from_db()
    assert run.status == "completed"
    assert (mail.outbox[-1].to, mail.outbox[-1].subject) == (["ann@example.com"], "Granted: A desk")
