"""The examples that the product was asked for, as they were written down: accepted without a problem."""

from typing import Any

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db

AUTO_CLIP = """\
name: Auto-clip on stream end
trigger:
  type: stream.ended
  filters:
    duration_seconds: { gte: 300 } # Only streams > 5 min
conditions:
  - field: stream.viewer_peak
    operator: gte
    value: 100
actions:
  - type: create_clip
    params:
      duration_seconds: 60
      title: "Stream Highlight - {{stream.title}}"
  - type: send_webhook
    params:
      url: "{{tenant.webhook_url}}"
      payload:
        event: clip_created
        stream_id: "{{stream.id}}"
"""
GOAL = """\
name: Auto-clip on goal detection
trigger:
  type: ai.detection
  filters:
    model: sports_highlight
    label: goal
    confidence: { gte: 0.85 }
actions:
  - type: create_clip
    params:
      start_offset_seconds: -10 # 10 seconds before detection
      duration_seconds: 30
      title: "GOAL! - {{stream.title}}"
  - type: send_notification
    params:
      message: "Goal detected and clipped automatically"
"""
UPDATE = {
    "type": "update_field",
    "params": {"entity_type": "lead", "entity_id": "{{lead.id}}", "field": "status", "value": "qualified"},
}
NOTIFY = {
    "type": "send_notification",
    "params": {
        "recipient": "{{lead.owner.email}}",
        "message": "New: {{lead.company_name}}",
        "link": "/leads/{{lead.id}}",
    },
}
TASK = {
    "type": "create_task",
    "params": {"title": "Follow up with {{lead.company_name}}", "due_date": "{{today+2}}", "priority": "high"},
}
EMAIL = {
    "type": "send_email",
    "params": {
        "to": "{{lead.email}}",
        "subject": "Welcome to our platform",
        "template": "welcome_email",
        "variables": {"first_name": "{{lead.first_name}}"},
    },
}
NOTE = {"type": "add_note", "params": {"entity_type": "deal", "entity_id": "{{deal_id}}", "note": "In negotiation"}}
TAG = {
    "type": "add_tag",
    "params": {"entity_type": "lead", "entity_id": "{{lead.id}}", "tag": "nurture_track"},
}
QUALIFY: dict[str, Any] = {
    "name": "Auto-qualify High-Value Leads",
    "event_type": "lead.created",
    "conditions": {
        "and": [
            {"field": "annual_revenue", "operator": "gte", "value": 1000000},
            {"field": "budget", "operator": "gte", "value": 50000},
        ]
    },
    "actions": [UPDATE, NOTIFY, TASK],
}
STAGE: dict[str, Any] = {
    "name": "Deal Stage Change Notification",
    "event_type": "deal.stage_changed",
    "conditions": {"field": "new_stage", "operator": "eq", "value": "negotiation"},
    "actions": [EMAIL, NOTE],
}
NURTURE: dict[str, Any] = {
    "name": "Lead Nurture Automation",
    "event_type": "lead.created",
    "conditions": {
        "and": [
            {"field": "status", "operator": "eq", "value": "new"},
            {"field": "lead_score", "operator": "lt", "value": 60},
        ]
    },
    "actions": [TASK, TAG],
}


@pytest.mark.parametrize("document", [AUTO_CLIP, GOAL], ids=["auto-clip", "goal detection"])
def test_the_yaml_workflows_are_accepted_as_they_stand(api: APIClient, document: str) -> None:
    answer = api.post("/api/v1/workflows/", data=document, content_type="application/yaml")

    assert (answer.status_code, answer.json()["problems"]) == (201, [])


@pytest.mark.parametrize("document", [QUALIFY, STAGE, NURTURE], ids=["auto-qualify", "stage change", "nurture"])
def test_the_usage_examples_are_accepted_as_they_stand(api: APIClient, document: dict[str, Any]) -> None:
    answer = api.post("/api/v1/workflows/", {"definition": document}, format="json")

    assert (answer.status_code, answer.json()["problems"]) == (201, [])


def test_the_webhook_of_the_action_schema_is_accepted_as_it_stands(api: APIClient) -> None:
    params = {
        "url": "https://api.example.com/webhooks/lead",
        "method": "POST",
        "headers": {"Authorization": "Bearer {{api_key}}", "Content-Type": "application/json"},
        "body": {"lead_id": "{{lead.id}}", "event": "lead.qualified"},
    }
    definition = {"name": "Call", "event_type": "lead.created", "actions": [{"type": "call_webhook", "params": params}]}

    answer = api.post("/api/v1/workflows/", {"definition": definition}, format="json")

    assert answer.json()["problems"] == []


def test_the_triggers_of_requirement_001_start_the_workflow(api: APIClient) -> None:
    definition = {
        "name": "Lead Processing Pipeline",
        "triggers": [
            {
                "id": "trigger-1",
                "type": "webhook",
                "config": {"webhookUrl": "/webhook/ws-456/trigger-1"},
                "active": True,
            },
            {"id": "trigger-2", "type": "schedule", "config": {"cron": "0 9 * * 1-5"}, "active": False},
            {"id": "trigger-3", "type": "data_change", "config": {"model": "lead", "on": "created"}},
            {"id": "trigger-4", "type": "manual"},
        ],
        "settings": {"timeout": 300000, "retryPolicy": {"maxRetries": 3, "backoffStrategy": "exponential"}},
        "actions": [{"type": "log_event", "params": {"message": "new"}}],
    }

    workflow = api.post("/api/v1/workflows/", {"definition": definition}, format="json").json()
    assert workflow["problems"] == []
    assert api.post(f"/api/v1/workflows/{workflow['id']}/publish/").status_code == 200

    rows = api.get("/api/v1/triggers/").json()["results"]
    assert {row["key"]: (row["type"], row["is_active"]) for row in rows} == {
        "trigger_1": ("webhook", True),
        "trigger_2": ("schedule", False),
        "trigger_3": ("data_change", True),
        "trigger_4": ("manual", True),
    }
    assert [bool(row["url"]) for row in rows if row["type"] == "webhook"] == [True]


@pytest.mark.parametrize(
    ("trigger", "type_"),
    [
        ({"type": "webhook.received"}, "webhook"),
        ({"type": "schedule.cron", "params": {"cron": "0 9 * * *"}}, "schedule"),
        ("stream.viewer_threshold", "event"),
        ("billing.usage_threshold", "event"),
        ("ai.scene_change", "event"),
        ("timeline.event", "event"),
        ("custom", "event"),
    ],
)
def test_the_triggers_that_the_requirements_name_work(api: APIClient, trigger: Any, type_: str) -> None:
    definition = {"name": "W", "trigger": trigger, "actions": [{"type": "log_event", "params": {"message": "new"}}]}

    workflow = api.post("/api/v1/workflows/", {"definition": definition}, format="json").json()
    assert api.post(f"/api/v1/workflows/{workflow['id']}/publish/").status_code == 200

    assert [row["type"] for row in api.get("/api/v1/triggers/").json()["results"]] == [type_]
