"""No name that people give holds what is not seen of it: every resource that has one, one test for all."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests import factories
from tests.envelopes import refused
from workflows.models import Workflow

pytestmark = pytest.mark.django_db

BAD = "Greet\u202eteerG"
SAID = "Names may not hold invisible control characters (U+202E at 5)"
MESSAGE = {"name": "hello", "subject": "Hi", "text": "Hi"}
EVENT = {"type": "lead.created", "data": {}}
NAMED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "workflows": ("post", "workflows/", factories.definition(name=BAD)),
    "workflows, beside": ("post", "workflows/", {"name": BAD, "definition": factories.definition()}),
    "workflows, changed": ("patch", "workflows/greet/", {"name": BAD}),
    "copies of workflows": ("post", "workflows/greet/duplicate/", {"name": BAD}),
    "forks": ("post", "templates/lead-nurture/fork/", {"name": BAD}),
    "kept tests": ("post", "workflows/greet/tests/", {"name": BAD, "event": EVENT}),
    "patterns": ("post", "patterns/", {"name": BAD, "type": "order.created"}),
    "keys": ("post", "api-keys/", {"name": BAD, "role": "viewer"}),
    "service accounts": ("post", "service-accounts/", {"name": BAD, "role": "viewer"}),
    "workspaces": ("patch", "workspaces/{slug}/", {"name": BAD}),
    "message templates": ("post", "message-templates/", {**MESSAGE, "title": BAD}),
}


@pytest.mark.parametrize("resource", NAMED)
def test_a_name_that_reads_otherwise_than_it_is_is_refused(api: APIClient, workspace: Workspace, resource: str) -> None:
    verb, path, body = NAMED[resource]
    factories.published(workspace)

    answer = getattr(api, verb)(f"/api/v1/{path.format(slug=workspace.slug)}", body, format="json")

    [problem] = refused(answer, status=400, code="invalid")
    assert problem["path"] == ("/title" if resource == "message templates" else "/name")
    assert problem["message"].startswith(SAID)


def test_a_workflow_that_has_such_a_name_already_can_be_edited(api: APIClient, workspace: Workspace) -> None:
    row = factories.published(workspace)
    with tenancy.scope(workspace.pk):
        Workflow.objects.update(name=BAD, draft={**row.draft, "name": BAD})

    answer = api.patch(f"/api/v1/workflows/{row.slug}/", {"description": "As it was"}, format="json")

    assert (answer.status_code, answer.json()["name"]) == (200, BAD)
