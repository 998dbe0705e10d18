"""The description of the API: complete, and without complaints of the generator."""

import pytest
from django.test import Client
from drf_spectacular.validation import validate_schema

OPERATIONS = {
    "action_roles_retrieve",
    "action_roles_update",
    "action_types_list",
    "connection_types_list",
    "connections_authorize",
    "connections_create",
    "connections_destroy",
    "connections_list",
    "connections_oauth_callback",
    "connections_partial_update",
    "connections_retrieve",
    "connections_test",
    "connectors_create",
    "connectors_destroy",
    "connectors_list",
    "connectors_retrieve",
    "connectors_update",
    "event_types_create",
    "event_types_destroy",
    "event_types_list",
    "event_types_partial_update",
    "event_types_retrieve",
    "event_types_update",
    "events_batch",
    "events_create",
    "events_decisions",
    "events_list",
    "events_retrieve",
    "notifications_list",
    "outbound_hosts_list",
    "outbound_hosts_reset",
    "key_values_destroy",
    "key_values_list",
    "key_values_retrieve",
    "key_values_update",
    "inbox_list",
    "inbox_read",
    "inbox_read_all",
    "inbox_unread",
    "message_templates_create",
    "message_templates_list",
    "message_templates_preview",
    "message_templates_preview_unsaved",
    "message_templates_retrieve",
    "message_templates_rollback",
    "message_templates_update",
    "message_templates_versions",
    "plugins_list",
    "schedules_list",
    "schedules_ticks",
    "secrets_create",
    "secrets_list",
    "templates_fork",
    "templates_list",
    "trigger_types_list",
    "triggers_list",
    "triggers_partial_update",
    "triggers_retrieve",
    "triggers_rotate_url",
    "triggers_preview",
    "webhook_deliveries_list",
    "webhooks_test",
    "workflow_runs_cancel",
    "workflows_decisions",
    "workflows_explain",
    "workflow_runs_decide",
    "workflow_runs_list",
    "workflow_runs_replay_notification",
    "workflow_runs_retrieve",
    "workflows_create",
    "workflows_execute",
    "workflows_export",
    "workflows_list",
    "workflows_pause",
    "workflows_publish",
    "workflows_resume",
    "workflows_retrieve",
    "workflows_runs",
    "workflows_stats",
    "workflows_update",
}


def test_the_schema_is_valid_and_names_every_operation(client: Client) -> None:
    schema = client.get("/api/schema/", {"format": "json"}).json()

    validate_schema(schema)
    found = {
        call["operationId"] for path in schema["paths"].values() for call in path.values() if "operationId" in call
    }
    assert found == OPERATIONS


def test_a_list_is_described_as_the_page_that_it_is(client: Client) -> None:
    schema = client.get("/api/schema/", {"format": "json"}).json()

    answer = schema["paths"]["/api/v1/events/"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/EventPage"}
    assert set(schema["components"]["schemas"]["EventPage"]["properties"]) == {"results", "next", "previous"}


@pytest.mark.parametrize("path", ["/api/docs/", "/health/"])
def test_the_documentation_and_the_health_check_need_no_key(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200
