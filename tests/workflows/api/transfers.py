"""Whole workspaces in tests: one with one of everything, its bundle, and taking that in."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from actions.services import connections, connectors, message_templates
from actions.services.message_templates import Draft
from core import tenancy
from core.models import Workspace
from core.services import secrets
from tests import factories
from triggers.services import event_types
from workflows.models import Workflow
from workflows.services import workflows

SECRET = "canary-s3cr3t-4711"


CONNECTOR = {
    "name": "shop",
    "title": "Shop",
    "base_url": "https://shop.example.com",
    "description": "Orders.",
    "source": "https://shop.example.com/docs",
    "auth": {"kind": "none"},
    "operations": [
        {"key": "list_orders", "title": "List orders", "category": "shop", "method": "GET", "path": "/orders"}
    ],
}


PARENT = factories.definition(
    {"id": "get", "type": "http_request",
     "params": {"url": "https://api.example.com/{{ vars.team }}", "connection": "crm",
                "headers": {"X": "{{ secrets.key }}"}}},
    {"id": "mail", "type": "send_email", "params": {"to": "a@example.com", "template": "hello"}},
    {"id": "call", "type": "workflow", "params": {"workflow": "Child"}},
    {"id": "api", "type": "connector_request", "params": {"connector": "shop", "operation": "list_orders"}},
    name="A parent",
)  # fmt: skip


TEST = {
    "name": "It goes",
    "now": "2026-01-31T09:30:00+00:00",
    "event": {
        "id": "01980f3e-7a52-7c3b-9d10-5f2b6c1e8a44", "time": "2026-01-31T09:30:00+00:00", "event_id": "1",
        "type": "lead.created", "source": "", "subject": "", "data": {}, "request": None, "extensions": None,
    },
}  # fmt: skip


def url(workspace: Workspace, what: str) -> str:
    return f"/api/v1/workspaces/{workspace.slug}/{what}/"


def export(api: APIClient, workspace: Workspace, form: str = "json") -> bytes:
    answer: Any = api.get(url(workspace, "export"), {"as": form})
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def bundle(api: APIClient, workspace: Workspace) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(export(api, workspace))
    return found


def take(api: APIClient, workspace: Workspace, document: Any, **query: Any) -> Any:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    return api.post(f"{url(workspace, 'import')}?{text}", document, format="json")


def done(api: APIClient, workspace: Workspace, document: Any, **query: Any) -> dict[str, Any]:
    """Previewed, and then done as the preview showed it."""
    preview = take(api, workspace, document, **query)
    assert preview.status_code == 200, preview.content
    answer = take(api, workspace, document, dry_run="false", expected=preview.json()["digest"], **query)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    assert {**found, "dry_run": True} == {**preview.json(), "items": found["items"]}
    return found


def outcomes(found: dict[str, Any]) -> dict[str, str]:
    return {f"{each['kind']} {each['name']}": each["outcome"] for each in found["items"]}


@pytest.fixture
def full(workspace: Workspace) -> Workspace:
    """A workspace with one of everything."""
    workspace.variables = {"team": "blue"}
    workspace.settings = {"link": "https://example.com"}
    workspace.limits = {"max_workflows": 50}
    workspace.action_roles = {"db_query": "admin"}
    workspace.time_zone = "Europe/Amsterdam"
    workspace.save()
    with tenancy.scope(workspace.pk):
        secrets.put(name="key", value=SECRET)
        event_types.create("lead.created", {"description": "A lead", "labels": ["crm"], "schema": {"type": "object"}})
        message_templates.create("hello", Draft("Hello {{ name }}", "Text", title="Hi"), by="ann")
        connectors.create(CONNECTOR)
        connections.create(
            name="crm", kind="http_bearer", settings_={"base_url": "https://api.example.com"}, secrets={"token": SECRET}
        )
        child = workflows.create(factories.definition(name="Child"))
        workflows.publish(child, published_by="ann")
        parent = workflows.create(PARENT)
        workflows.publish(parent, published_by="ann")
        workflows.pause(parent)
        workflows.update(parent, {**PARENT, "description": "being edited"})
        workflows.create({"name": "Unfinished", "actions": [{"type": "no_such_type"}]})
        archived = workflows.create(factories.definition(name="Old"))
        Workflow.objects.filter(pk=archived.pk).update(status="archived")
    return workspace
