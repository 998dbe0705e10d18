"""Requirement 001: "Lead Processing Pipeline", drawn in React Flow, from a webhook to a run with its usage."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from rest_framework.test import APIClient

from actions.services import connections
from core import tenancy
from core.models import Workspace
from tests import hooks, runner
from tests.acceptance.documents import requirement
from tests.actions.ai_server import AiServer
from tests.actions.asking import settings_of
from tests.actions.conftest import ai, loopback_is_allowed
from triggers.models import Event, Hook
from triggers.services import matching
from workflows.models import ActionRun, Run, Workflow

__all__ = ("ai", "loopback_is_allowed")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_is_allowed")]

LEAD = {"leadId": "lead-999"}
FOUND = {"classification": "hot_lead", "confidence": 0.92}
SCHEMA = {
    "type": "object",
    "properties": {"classification": {"type": "string"}, "confidence": {"type": "number"}},
    "required": ["classification", "confidence"],
}


def drawn(url: str) -> dict[str, Any]:
    """The document of the requirement, with nodes and edges where it has three dots."""
    asked = {"instructions": "Classify the lead.", "input": {"text": "John Doe from Acme Corp"}, "schema": SCHEMA}
    told = {"url": url, "payload": "{{ actions.node_1.output.structured }}", "signing_secret": None}
    return {
        "name": "Lead Processing Pipeline",
        "nodes": [
            {"id": "node-1", "type": "ai-agent", "position": {"x": 0, "y": 0}, "data": {"params": asked}},
            {"id": "node-2", "type": "webhook", "position": {"x": 200, "y": 0}, "data": {"params": told}},
            {"id": "node-3", "type": "webhook", "position": {"x": 200, "y": 90}, "data": {"params": told}},
        ],
        "edges": [{"source": "node-1", "target": "node-2"}, {"source": "node-1", "target": "node-3"}],
        "triggers": [
            {
                "id": "trigger-1",
                "type": "webhook",
                "config": {"webhookUrl": "/webhook/ws-456/trigger-1"},
                "active": True,
            }
        ],
        "settings": {
            "timeout": 300000,
            "retryPolicy": {"maxRetries": 3, "backoffStrategy": "exponential"},
            "concurrency": 1,
        },
    }


@pytest.fixture
def receiver(httpserver: HTTPServer) -> HTTPServer:
    httpserver.expect_request("/hooks", method="POST").respond_with_data("")
    return httpserver


@pytest.fixture
def hook(workspace: Workspace, api: APIClient, ai: AiServer, receiver: HTTPServer) -> Iterator[Hook]:
    """The webhook of the published workflow; the model's answers are up to the test."""
    with tenancy.scope(workspace.pk):
        connections.create(
            name="models", kind="openai", settings_=settings_of(ai), secrets={"api_key": "sk-test-4f9a1c77d2"}
        )
    answer = api.post("/api/v1/workflows/", {"definition": drawn(receiver.url_for("/hooks"))}, format="json").json()
    assert answer["problems"] == []
    assert api.post(f"/api/v1/workflows/{answer['id']}/publish/").status_code == 200
    with tenancy.scope(workspace.pk):
        yield Hook.objects.select_related("trigger").get()


def sent(workspace: Workspace, hook: Hook) -> Run:
    """The run that a request to the webhook starts, gone on as far as it goes."""
    assert hooks.post(hook, LEAD).status_code == 202
    with tenancy.scope(workspace.pk):
        event = Event.objects.latest("id")
        matching.match(event.pk)
        runner.drain()
        return Run.objects.get(event=event)


def test_the_document_is_that_of_the_requirement() -> None:
    text = requirement("001")

    for written in ('webhookUrl: "/webhook/ws-456/trigger-1"', "timeout: 300000", "maxRetries: 3", "concurrency: 1"):
        assert written in text
    assert 'nodeId: "node-1"' in text
    assert 'nodeType: "ai-agent"' in text


def test_a_webhook_runs_the_nodes_and_the_run_says_what_they_used(
    workspace: Workspace, api: APIClient, ai: AiServer, receiver: HTTPServer, hook: Hook
) -> None:
    ai.says(FOUND, tokens=(120, 30))

    run = sent(workspace, hook)

    shown = api.get(f"/api/v1/workflow-runs/{run.pk}/").json()
    assert (shown["status"], [step["key"] for step in shown["actions"]]) == (
        "completed",
        ["node_1", "node_2", "node_3"],
    )
    first = shown["actions"][0]
    assert (first["type"], first["status"], first["output"]["structured"]) == ("ai-agent", "completed", FOUND)
    assert first["input"]["input"] == {"text": "John Doe from Acme Corp"}
    assert [json.loads(request.data) for request, _ in receiver.log] == [FOUND, FOUND]
    usage = shown["usage"]
    assert (usage["ai_tokens"], usage["estimated_cost"], usage["webhooks_called"]) == (150, 0.00027, 2)
    with tenancy.scope(workspace.pk):
        event = Event.objects.get(pk=shown["event"]["id"])
    assert event.data["leadId"] == "lead-999"


def test_the_settings_hold(workspace: Workspace, ai: AiServer, receiver: HTTPServer, hook: Hook) -> None:
    """Four tries at most, five minutes at most."""
    for _ in range(4):
        ai.fails(503)

    run = runner.finish(sent(workspace, hook), hours=1)

    with tenancy.scope(workspace.pk):
        version = Workflow.objects.get().active_version
        assert version is not None
        assert version.definition["settings"]["timeout_seconds"] == 300
        assert ActionRun.objects.get(run=run, key="node_1").attempt == 4
    assert (len(ai.asked), receiver.log) == (4, [])


def test_the_workflow_has_statistics(
    workspace: Workspace, api: APIClient, ai: AiServer, receiver: HTTPServer, hook: Hook
) -> None:
    ai.says(FOUND)
    run = sent(workspace, hook)

    shown = api.get(f"/api/v1/workflows/{run.workflow_id}/stats/").json()

    assert (shown["runs"]["total"], shown["runs"]["completed"], shown["runs"]["failed"]) == (1, 1, 0)
    assert shown["avg_duration_ms"] is not None
    assert timedelta(milliseconds=shown["avg_duration_ms"]) < timedelta(minutes=5)
