"""Versions in the operators' admin: what each changed, and going back to one once it is confirmed."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry, Workspace
from tests import factories
from tests.factories import definition, log_event
from workflows.models import Workflow, WorkflowVersion
from workflows.services import workflows

pytestmark = pytest.mark.django_db

LIST = reverse("admin:workflows_workflowversion_changelist")


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.fixture
def workflow(scope: Workspace) -> Workflow:
    found = factories.published(scope, definition(log_event("old", id="a")))
    workflows.update(found, definition(log_event("<b>new", id="a")))
    workflows.publish(found, published_by="test", reason="<b>why")
    return found


def act(client: Client, version: WorkflowVersion, **more: str) -> Any:
    return client.post(LIST, {"action": "roll_back", "_selected_action": str(version.pk), **more}, follow=True)


def test_an_earlier_version_is_active_again_once_that_is_confirmed(operator: Client, workflow: Workflow) -> None:
    first = WorkflowVersion.objects.get(number=1)

    page = act(operator, first).content.decode()
    workflow.refresh_from_db()
    assert ("version 2 is active" in page, workflow.active_version_id == first.pk) == (True, False)

    act(operator, first, confirmed="yes", comment="worse")
    workflow.refresh_from_db()
    assert workflow.active_version_id == first.pk
    entry = AuditEntry.objects.get(action="workflow.rolled_back")
    assert (entry.actor, entry.reason) == ("user operator", "worse")


def test_the_pages_show_versions_and_what_they_changed_and_escape_it(operator: Client, workflow: Workflow) -> None:
    second = WorkflowVersion.objects.get(number=2)

    shown = operator.get(reverse("admin:workflows_workflowversion_change", args=[second.pk])).content.decode()
    listed = operator.get(reverse("admin:workflows_workflow_change", args=[workflow.pk])).content.decode()

    assert "`a`: params.message changed from &quot;old&quot; to &quot;&lt;b&gt;new&quot;." in shown
    assert "&lt;b&gt;why" in listed
    assert "<b>" not in shown.replace("<b>workflow", "") + listed
