"""What people do is in the audit trail, with who did it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from core import tenancy
from core.models import ApiKey, AuditEntry, Role, Workspace
from core.services import secrets, workspaces
from tests import factories
from triggers.services import matching
from workflows.models import ActionRun, Run, Workflow

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_broker")]

CONNECTION = {
    "name": "shop",
    "kind": "http_bearer",
    "settings": {"base_url": "https://example.com"},
    "secrets": {"token": "canary-c4n4ry"},
}


def entries(workspace: Workspace) -> list[tuple[str, str]]:
    """(action, actor's kind) of each entry but those of the test's own making."""
    with tenancy.scope(workspace.pk):
        rows = AuditEntry.objects.exclude(actor__in=["sequitur", "test"]).order_by("id")
        return [(row.action, row.actor.split()[0]) for row in rows]


def post(api: APIClient, url: str, body: Any = None) -> None:
    answer = api.post(f"/api/v1/{url}", body or {}, format="json")
    assert answer.status_code < 300, answer.json()


def test_the_life_of_a_workflow_is_audited(api: APIClient, workspace: Workspace) -> None:
    post(api, "workflows/", {"definition": factories.definition()})
    changed = {"definition": factories.definition(factories.log_event("other"))}
    for _ in range(2):
        api.put("/api/v1/workflows/greet/", changed, format="json")
    for step in ("publish", "pause", "pause", "resume", "resume", "archive", "archive", "restore", "duplicate"):
        post(api, f"workflows/greet/{step}/")
    post(api, "workflows/greet/rollback/", {"version": 1})
    api.delete("/api/v1/workflows/greet-copy/")

    words = ["created", "updated", "published", "paused", "resumed", "archived", "restored", "created", "duplicated"]
    words += ["rolled_back", "deleted"]
    assert entries(workspace) == [(f"workflow.{word}", "key") for word in words]


def test_a_cancelled_run_is_audited_once(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace, factories.definition({"type": "delay", "params": {"seconds": 60}}))
    matching.match(factories.event(workspace).pk)
    with tenancy.scope(workspace.pk):
        run = Run.objects.get()

    for _ in range(2):
        post(api, f"workflow-runs/{run.pk}/cancel/")

    assert entries(workspace) == [("run.cancelled", "key")]


def test_a_decision_is_audited(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace)
    matching.match(factories.event(workspace).pk)
    with tenancy.scope(workspace.pk):
        row = ActionRun.objects.get()
        ActionRun.objects.update(status="needs_decision")

    post(api, f"workflow-runs/{row.run_id}/actions/{row.pk}/decide/", {"decision": "skip", "comment": "Enough."})

    assert entries(workspace) == [("action.decided", "key")]
    with tenancy.scope(workspace.pk):
        found = AuditEntry.objects.get(action="action.decided")
    assert (found.reason, found.after) == (
        "Enough.",
        {"decision": "skip", "action": row.key, "run": str(row.run_id)},
    )


def test_connections_are_audited_without_what_they_hold(api: APIClient, workspace: Workspace) -> None:
    post(api, "connections/", CONNECTION)
    api.patch("/api/v1/connections/shop/", {"secrets": {"token": "canary-c4n4ry2"}}, format="json")
    api.delete("/api/v1/connections/shop/")

    assert entries(workspace) == [(f"connection.{word}", "key") for word in ("created", "changed", "deleted")]
    with tenancy.scope(workspace.pk):
        assert "canary" not in str(list(AuditEntry.objects.values_list("before", "after")))


def test_roles_of_actions_are_audited_when_they_change(api: APIClient, workspace: Workspace) -> None:
    for _ in range(2):
        api.put("/api/v1/action-roles/", {"roles": {"log_event": "admin"}}, format="json")

    assert entries(workspace) == [("workspace.changed", "key")]


def test_members_are_audited_when_they_change(workspace: Workspace) -> None:
    user = factories.UserFactory.create(username="ann")

    for role in (Role.EDITOR, Role.EDITOR, Role.ADMIN):
        workspaces.add_member(workspace, user=user, role=role, by="user bob")

    assert entries(workspace) == [("member.added", "user"), ("member.changed", "user")]


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator"))
    return client


def revoke(operator: Client, workspace: Workspace) -> None:
    factories.api_key(workspace)
    with tenancy.scope(workspace.pk):
        row = ApiKey.objects.get()
    now = timezone.now()
    form = {"name": row.name, "role": row.role, "revoked_at_0": f"{now:%Y-%m-%d}", "revoked_at_1": f"{now:%H:%M:%S}"}
    operator.post(reverse("admin:core_apikey_change", args=[row.pk]), form)


def delete_secret(operator: Client, workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk):
        row, _ = secrets.put(name="token", value="x")
    operator.post(reverse("admin:core_secret_delete", args=[row.pk]), {"post": "yes"})


@pytest.mark.parametrize(("act", "action"), [(revoke, "api_key.revoked"), (delete_secret, "secret.deleted")])
def test_what_operators_do_in_the_admin_is_audited(
    operator: Client, workspace: Workspace, act: Callable[[Client, Workspace], None], action: str
) -> None:
    act(operator, workspace)

    assert entries(workspace) == [(action, "user")]


def test_a_change_that_fails_is_not_audited(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace)

    answer = api.post("/api/v1/workflows/", {"definition": factories.definition()}, format="json")

    assert answer.status_code == 409
    assert entries(workspace) == []
    with tenancy.scope(workspace.pk):
        assert Workflow.objects.count() == 1
