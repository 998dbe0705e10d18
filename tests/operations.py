"""The operations of the API, who may call each, and with what: the table that a new operation is added to.

`tests.test_foreign_ids` calls every one of them, with keys of every role and workspace and without any.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from django.http import JsonResponse
from rest_framework.test import APIClient

METHODS = {"get", "post", "put", "patch", "delete"}
# The least role that may call it. One line for each operation, and no operation without one.
ROLES: dict[str, str] = {
    "action_roles_retrieve": "admin",
    "action_roles_update": "admin",
    "action_types_list": "viewer",
    "api_keys_create": "admin",
    "api_keys_destroy": "admin",
    "api_keys_list": "admin",
    "api_keys_partial_update": "admin",
    "api_keys_retrieve": "admin",
    "api_keys_rotate": "admin",
    "audit_export": "admin",
    "audit_list": "admin",
    "connection_types_list": "viewer",
    "connections_authorize": "admin",
    "connections_create": "admin",
    "connections_destroy": "admin",
    "connections_list": "editor",
    "connections_partial_update": "admin",
    "connections_retrieve": "editor",
    "connections_test": "admin",
    "connectors_create": "admin",
    "connectors_destroy": "admin",
    "connectors_list": "viewer",
    "connectors_retrieve": "viewer",
    "connectors_update": "admin",
    "dead_letters_discard": "operator",
    "dead_letters_list": "viewer",
    "dead_letters_redrive": "operator",
    "dead_letters_redrive_many": "operator",
    "dead_letters_retrieve": "viewer",
    "event_types_create": "editor",
    "event_types_destroy": "editor",
    "event_types_list": "viewer",
    "event_types_partial_update": "editor",
    "event_types_retrieve": "viewer",
    "event_types_update": "editor",
    "events_batch": "operator",
    "events_create": "operator",
    "events_decisions": "viewer",
    "events_list": "viewer",
    "events_query": "viewer",
    "events_retrieve": "viewer",
    "expressions_render": "editor",
    "expressions_scope": "viewer",
    "expressions_scope_of": "editor",
    "graphql": "viewer",  # each field of it has a role of its own: tests/workflows/graphql/test_access.py
    "inbox_list": "viewer",
    "inbox_read": "operator",
    "inbox_read_all": "operator",
    "inbox_unread": "viewer",
    "invitations_destroy": "admin",
    "invitations_list": "admin",
    "key_values_destroy": "editor",
    "key_values_list": "operator",
    "key_values_retrieve": "operator",
    "key_values_update": "editor",
    "members_destroy": "admin",
    "members_invite": "admin",
    "members_list": "viewer",
    "members_partial_update": "admin",
    "members_retrieve": "viewer",
    "members_transfer": "admin",
    "message_templates_create": "editor",
    "message_templates_destroy": "editor",
    "message_templates_list": "viewer",
    "message_templates_preview": "editor",
    "message_templates_preview_unsaved": "editor",
    "message_templates_retrieve": "viewer",
    "message_templates_rollback": "editor",
    "message_templates_update": "editor",
    "message_templates_versions": "viewer",
    "monitoring_dashboard": "viewer",
    "monitoring_executions": "viewer",
    "monitoring_usage": "viewer",
    "notifications_bulk": "operator",
    "notifications_list": "viewer",
    "outbound_hosts_list": "viewer",
    "outbound_hosts_reset": "operator",
    "patterns_create": "editor",
    "patterns_destroy": "editor",
    "patterns_list": "viewer",
    "patterns_partial_update": "editor",
    "patterns_retrieve": "viewer",
    "plugins_list": "viewer",
    "repairs_cancel": "operator",
    "repairs_items": "viewer",
    "repairs_list": "viewer",
    "repairs_pause": "operator",
    "repairs_resume": "operator",
    "repairs_retrieve": "viewer",
    "schedules_list": "viewer",
    "schedules_retrieve": "viewer",
    "schedules_ticks": "viewer",
    "secrets_create": "admin",
    "secrets_destroy": "admin",
    "secrets_list": "editor",
    "secrets_retrieve": "editor",
    "service_accounts_create": "admin",
    "service_accounts_destroy": "admin",
    "service_accounts_list": "admin",
    "service_accounts_partial_update": "admin",
    "service_accounts_retrieve": "admin",
    "stream": "viewer",
    "templates_fork": "editor",
    "templates_list": "viewer",
    "templates_preview": "editor",
    "templates_retrieve": "viewer",
    "trigger_types_list": "viewer",
    "triggers_create": "editor",
    "triggers_destroy": "editor",
    "triggers_list": "viewer",
    "triggers_partial_update": "editor",
    "triggers_preview": "viewer",
    "triggers_retrieve": "viewer",
    "triggers_rotate_url": "editor",
    "webhook_deliveries_list": "viewer",
    "webhooks_test": "operator",
    "workflow_runs_actions": "viewer",
    "workflow_runs_bulk": "operator",
    "workflow_runs_cancel": "operator",
    "workflow_runs_decide": "operator",
    "workflow_runs_list": "viewer",
    "workflow_runs_replay": "operator",
    "workflow_runs_replay_notification": "operator",
    "workflow_runs_retrieve": "viewer",
    "workflow_runs_retry": "operator",
    "workflow_runs_retry_action": "operator",
    "workflow_runs_skip_action": "operator",
    "workflow_tests_create": "editor",
    "workflow_tests_destroy": "editor",
    "workflow_tests_list": "viewer",
    "workflow_tests_partial_update": "editor",
    "workflow_tests_retrieve": "viewer",
    "workflow_tests_run": "editor",
    "workflow_runs_stream": "viewer",
    "workflows_archive": "editor",
    "workflows_backtest": "editor",
    "workflows_create": "editor",
    "workflows_decisions": "viewer",
    "workflows_destroy": "editor",
    "workflows_duplicate": "editor",
    "workflows_execute": "operator",
    "workflows_explain": "viewer",
    "workflows_export": "viewer",
    "workflows_import": "editor",
    "workflows_list": "viewer",
    "workflows_partial_update": "editor",
    "workflows_pause": "editor",
    "workflows_promote": "editor",
    "workflows_publish": "editor",
    "workflows_publish_preview": "editor",
    "workflows_restore": "editor",
    "workflows_resume": "editor",
    "workflows_retrieve": "viewer",
    "workflows_rollback": "editor",
    "workflows_rollback_preview": "editor",
    "workflows_runs": "viewer",
    "workflows_stats": "viewer",
    "workflows_test": "editor",
    "workflows_update": "editor",
    "workflows_template": "viewer",
    "workflows_template_update": "editor",
    "workflows_template_update_preview": "editor",
    "workflows_version": "viewer",
    "workflows_version_diff": "viewer",
    "workflows_versions": "viewer",
    "workspaces_export": "editor",
    "workspaces_import": "admin",
    "workspaces_list": "viewer",
    "workspaces_partial_update": "admin",
    "workspaces_quotas": "viewer",
    "workspaces_retrieve": "viewer",
}
# The browser comes back with no key; what it brings is a state that we have sealed.
KEYLESS = {"connections_oauth_callback"}
# What people do for themselves, signed in: keys of any role are refused.
PERSONAL = {"members_accept", "members_leave", "workspaces_create"}
# Bodies that are valid without knowing the row, for operations that read the body first.
BODIES: dict[str, dict[str, Any]] = {
    "dead_letters_discard": {"reason": "mine now"},
    "workflow_runs_skip_action": {"reason": "mine now"},
    "workflow_runs_decide": {"decision": "approve"},
    "message_templates_rollback": {"version": 1},
    "connectors_update": {"key": "x"},
    "events_query": {"sql": "SELECT count(*) FROM events"},
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One of the description of the API."""

    name: str
    method: str
    path: str
    queries: tuple[str, ...]
    has_body: bool

    def __call__(self, client: APIClient, url: str) -> Any:
        """Call it with a body that is valid as far as one can be without knowing the row."""
        if self.method == "get":
            return whole(client.get(url))
        return getattr(client, self.method)(url, BODIES.get(self.name, {}), format="json")

    def url(self, uid: object) -> str:
        """Its path, with this id in every place."""
        return re.sub(r"\{[^}]+\}", str(uid), self.path.replace("{path}", "default/{path}"))


def whole(answer: Any) -> Any:
    """The answer; one that is streamed is read to its end, its lines as the results of a list."""
    if not answer.streaming:
        return answer
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    found: Any = JsonResponse({"results": lines})
    found.json = lambda: {"results": lines}  # as the client's other answers
    return found


def described(api: APIClient) -> list[Operation]:
    """All that the description of the API has."""
    paths = api.get("/api/schema/", {"format": "json"}).json()["paths"]
    return [
        Operation(
            call["operationId"],
            method,
            path,
            tuple(each["name"] for each in call.get("parameters", []) if each["in"] == "query"),
            "requestBody" in call,
        )
        for path, calls in paths.items()
        for method, call in calls.items()
        if method in METHODS
    ]
