"""The description of the API: complete, and without complaints of the generator."""

import copy
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from django.conf import settings
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from pydantic import BaseModel

from core.api import description, examples
from tests import snapshots

SNAPSHOT = settings.BASE_DIR / "docs/openapi.json"

OPERATIONS = {
    "api_keys_create",
    "api_keys_destroy",
    "api_keys_list",
    "api_keys_partial_update",
    "api_keys_retrieve",
    "api_keys_rotate",
    "audit_export",
    "invitations_destroy",
    "invitations_list",
    "members_accept",
    "members_destroy",
    "members_invite",
    "members_leave",
    "members_list",
    "members_partial_update",
    "members_retrieve",
    "members_transfer",
    "secrets_destroy",
    "secrets_retrieve",
    "service_accounts_create",
    "service_accounts_destroy",
    "service_accounts_list",
    "service_accounts_partial_update",
    "service_accounts_retrieve",
    "workspaces_create",
    "workspaces_export",
    "workspaces_import",
    "workspaces_list",
    "workspaces_partial_update",
    "workspaces_quotas",
    "workspaces_retrieve",
    "action_roles_retrieve",
    "action_roles_update",
    "action_types_list",
    "audit_list",
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
    "dead_letters_discard",
    "dead_letters_list",
    "dead_letters_redrive",
    "dead_letters_redrive_many",
    "dead_letters_retrieve",
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
    "events_query",
    "events_retrieve",
    "graphql",
    "monitoring_dashboard",
    "monitoring_executions",
    "monitoring_usage",
    "notifications_bulk",
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
    "message_templates_destroy",
    "message_templates_list",
    "message_templates_preview",
    "message_templates_preview_unsaved",
    "message_templates_retrieve",
    "message_templates_rollback",
    "message_templates_update",
    "message_templates_versions",
    "patterns_create",
    "patterns_destroy",
    "patterns_list",
    "patterns_partial_update",
    "patterns_retrieve",
    "plugins_list",
    "repairs_cancel",
    "repairs_items",
    "repairs_list",
    "repairs_pause",
    "repairs_resume",
    "repairs_retrieve",
    "schedules_list",
    "schedules_retrieve",
    "stream",
    "workflow_runs_stream",
    "schedules_ticks",
    "secrets_create",
    "secrets_list",
    "templates_fork",
    "templates_list",
    "templates_preview",
    "templates_retrieve",
    "trigger_types_list",
    "triggers_create",
    "triggers_destroy",
    "triggers_list",
    "triggers_partial_update",
    "triggers_retrieve",
    "triggers_rotate_url",
    "triggers_preview",
    "webhook_deliveries_list",
    "webhooks_test",
    "expressions_render",
    "expressions_scope",
    "expressions_scope_of",
    "workflow_runs_actions",
    "workflow_runs_bulk",
    "workflow_runs_cancel",
    "workflows_decisions",
    "workflows_explain",
    "workflow_runs_decide",
    "workflow_runs_replay",
    "workflow_runs_retry",
    "workflow_runs_retry_action",
    "workflow_runs_skip_action",
    "workflow_runs_list",
    "workflow_runs_replay_notification",
    "workflow_runs_retrieve",
    "workflows_backtest",
    "workflows_create",
    "workflows_execute",
    "workflows_export",
    "workflows_import",
    "workflows_list",
    "workflows_pause",
    "workflows_promote",
    "workflows_publish",
    "workflows_resume",
    "workflows_retrieve",
    "workflows_runs",
    "workflows_stats",
    "workflow_tests_create",
    "workflow_tests_destroy",
    "workflow_tests_list",
    "workflow_tests_partial_update",
    "workflow_tests_retrieve",
    "workflow_tests_run",
    "workflows_test",
    "workflows_update",
    "workflows_template",
    "workflows_template_update",
    "workflows_template_update_preview",
    "workflows_versions",
    "workflows_version_diff",
    "workflows_version",
    "workflows_rollback_preview",
    "workflows_rollback",
    "workflows_restore",
    "workflows_publish_preview",
    "workflows_partial_update",
    "workflows_duplicate",
    "workflows_destroy",
    "workflows_archive",
}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """As `/api/schema/` gives it: what is made of it takes a second, so it is made once."""
    made: dict[str, Any] = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True)))
    return made


def test_the_schema_is_valid_and_names_every_operation(schema: dict[str, Any]) -> None:
    validate_schema(schema)
    found = {
        call["operationId"] for path in schema["paths"].values() for call in path.values() if "operationId" in call
    }
    assert found == OPERATIONS


def test_no_two_shapes_share_a_name_by_which_one_would_be_described_as_the_other(schema: dict[str, Any]) -> None:
    modules = defaultdict(set)
    for shape in _below(BaseModel):
        if ".api." in shape.__module__:
            modules[shape.__name__].add(shape.__module__)

    assert {name: found for name, found in modules.items() if len(found) > 1} == {}
    assert len(modules) > 100


def _below(shape: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in shape.__subclasses__():
        yield each
        yield from _below(each)


def test_the_snapshot_is_the_description(schema: dict[str, Any]) -> None:
    kept = json.loads(SNAPSHOT.read_text())

    broken = snapshots.breaking(kept, schema)
    assert schema == kept, "\n".join(["`make openapi` writes docs/openapi.json anew.", "This breaks callers:", *broken])


def test_it_is_described_the_same_each_time(schema: dict[str, Any]) -> None:
    again = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True)))

    assert again == schema


def test_what_breaks_callers_is_told_and_what_is_added_is_not(schema: dict[str, Any]) -> None:
    less = copy.deepcopy(schema)
    del less["paths"]["/api/v1/secrets/"]["get"]
    del less["paths"]["/api/v1/secrets/"]["post"]["responses"]["201"]
    del less["components"]["schemas"]["EventPage"]["properties"]["next"]
    less["paths"]["/api/v1/events/"]["get"]["parameters"][0]["required"] = True

    assert snapshots.breaking(less, schema) == []
    assert snapshots.breaking(schema, less) == [
        "GET /api/v1/events/ needs cursor",
        "GET /api/v1/secrets/ is gone",
        "POST /api/v1/secrets/ is not answered with 201 any more",
        "EventPage has no next any more",
    ]


def test_every_operation_says_its_errors_in_the_envelope(schema: dict[str, Any]) -> None:
    for path, operation, method in description.operations(schema):
        answers = operation["responses"]
        for status in description.statuses(operation, path=path, method=method):
            answer = answers[str(status)]
            if "$ref" in answer:
                answer = schema["components"]["responses"][answer["$ref"].rpartition("/")[2]]
            assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}
        assert operation["tags"]
        assert min(answers) < "300"


def test_every_operation_has_examples_that_its_shapes_allow(schema: dict[str, Any]) -> None:
    number = 0
    for _, operation, _ in description.operations(schema):
        answers = [each for each in operation["responses"].values() if "content" in each]
        for body in (operation.get("requestBody", {}), *answers):
            for content in body.get("content", {}).values():
                if "example" in content:
                    whole = {**content["schema"], "components": schema["components"]}
                    jsonschema_rs.Draft202012Validator(whole).validate(content["example"])
                    number += 1
        assert all("example" in each["content"]["application/json"] for each in answers if _is_json(each))
    assert number > 140


def _is_json(answer: dict[str, Any]) -> bool:
    return "application/json" in answer["content"]


def test_an_example_is_what_the_shape_says_or_plausible() -> None:
    shape = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "kind": {"enum": ["a", "b"]},
            "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
            "rows": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}},
            "limit": {"type": "integer", "minimum": 5},
        },
    }
    row = {"type": "object", "properties": {"name": {"type": "string", "examples": ["crm"]}}}

    assert examples.of(shape, {"Row": row}) == {
        "id": examples.UUID, "kind": "a", "at": examples.INSTANT, "rows": [{"name": "crm"}], "limit": 5,
    }  # fmt: skip


def test_a_list_is_described_as_the_page_that_it_is(schema: dict[str, Any]) -> None:
    answer = schema["paths"]["/api/v1/events/"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/EventPage"}
    assert set(schema["components"]["schemas"]["EventPage"]["properties"]) == {"results", "next", "previous"}


@pytest.mark.parametrize("path", ["/api/docs/", "/health/"])
def test_the_documentation_and_the_health_check_need_no_key(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200
