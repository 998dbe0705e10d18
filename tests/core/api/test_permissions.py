from typing import Any

import pytest
from django.urls import get_resolver
from rest_framework.viewsets import ViewSetMixin

from core import scopes, tenancy
from core.api.views import WorkspaceViewSet
from core.models import Role, Secret, Workspace
from tests import factories
from tests.conftest import ClientFor
from tests.envelopes import envelope, refused
from triggers.models import Event
from workflows.models import Workflow

EVENT = {"type": "lead.created"}
SECRET = {"name": "api_key", "value": "x"}
WORKFLOW = {"definition": factories.definition()}

ROLES = (Role.VIEWER, Role.OPERATOR, Role.EDITOR, Role.ADMIN)
CALLS: list[tuple[str, str, dict[str, Any] | None, Role]] = [
    ("get", "events/", None, Role.VIEWER),
    ("get", "trigger-types/", None, Role.VIEWER),
    ("get", "workflows/", None, Role.VIEWER),
    ("get", "workflow-runs/", None, Role.VIEWER),
    ("post", "events/", EVENT, Role.OPERATOR),
    ("get", "secrets/", None, Role.EDITOR),
    ("post", "workflows/", WORKFLOW, Role.EDITOR),
    ("post", "secrets/", SECRET, Role.ADMIN),
]


def rows(workspace: Workspace) -> dict[str, int]:
    with tenancy.scope(workspace.pk):
        return {kind.__name__: kind.objects.count() for kind in (Event, Secret, Workflow)}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path", "body", "needed"), CALLS, ids=[f"{call[0]} {call[1]}" for call in CALLS])
def test_a_call_is_open_to_the_role_it_needs_and_to_greater_ones(
    workspace: Workspace,
    client_for: ClientFor,
    role: Role,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    needed: Role,
) -> None:
    before = rows(workspace)

    answer = getattr(client_for(workspace, role), method)(f"/api/v1/{path}", body, format="json")

    if ROLES.index(role) >= ROLES.index(needed):
        assert answer.status_code in {200, 201, 202}
    else:
        refused(answer, status=403, code="forbidden")
        assert envelope(answer)["detail"] == f"This needs the role {needed.value}; yours is {role.value}."
        assert rows(workspace) == before


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_method_that_a_view_does_not_have_is_refused_to_all(
    workspace: Workspace, client_for: ClientFor, method: str
) -> None:
    for role in ROLES:
        answer = getattr(client_for(workspace, role), method)("/api/v1/events/", {}, format="json")
        assert envelope(answer)["code"] in {"forbidden", "method_not_allowed"}


def test_who_may_not_write_is_told_so_before_the_body_is_read(workspace: Workspace, client_for: ClientFor) -> None:
    viewer = client_for(workspace, Role.VIEWER)

    answer = viewer.post("/api/v1/events/", b"{not json", content_type="application/json")

    refused(answer, status=403, code="forbidden")


def views() -> dict[str, type[Any]]:
    """The view sets behind all URLs of the API, by name."""
    found: dict[str, type[Any]] = {}
    todo: list[Any] = list(get_resolver().url_patterns)
    while todo:
        each = todo.pop()
        todo += getattr(each, "url_patterns", [])
        view = getattr(each.callback, "cls", None) if hasattr(each, "callback") else None
        if view is not None and issubclass(view, ViewSetMixin):
            found[view.__name__] = view
    return found


def test_every_view_has_an_area_of_its_calls() -> None:
    known = set(scopes.AREAS)

    assert len(views()) > 30
    assert {name for name, view in views().items() if not issubclass(view, WorkspaceViewSet)} == set()
    assert {name for name, view in views().items() if getattr(view, "area", None) not in known} == set()
    assert {area for view in views().values() for area in getattr(view, "areas", {}).values()} <= known
