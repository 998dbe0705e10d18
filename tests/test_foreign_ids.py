"""Nobody reaches another workspace's rows: every operation of the API, with ids of every kind of row of others.

Generated from the description of the API, so that a new operation is in it. `-s` prints how many that are.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db.models import Model
from django.utils import timezone
from rest_framework.test import APIClient

from core import tenancy
from core.ids import new_id
from core.models import ApiKey, Role, Workspace
from core.services import api_keys
from tests import factories, operations
from tests.conftest import ClientFor
from tests.test_admin import OURS, history
from workflows.models import ActionRun, Workflow

__all__ = ("history",)  # one row of every model, with this in what strangers write:
MARK = "alert("

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("history")]

NOT_TENANTS = {"Workspace", "Heartbeat"}
# Whose ids are asked about: those that a path, a filter or a body of some operation takes, and some that none does.
KINDS = (
    "Event", "EventType", "Trigger", "Schedule", "Hook", "Connection", "Connector", "OutboundHost", "InboxItem",
    "MessageTemplate", "Workflow", "Run", "ActionRun", "NotificationDelivery", "Repair", "RepairItem", "DeadLetter",
    "Gathering", "WorkflowTest", "AuditEntry", "ApiKey", "Membership", "Invitation", "ServiceAccount", "Pattern",
)  # fmt: skip
SOME = frozenset({"Event", "Workflow", "Run", "Trigger"})  # what most operations are about, in every run of the tests
# Templates are everybody's; what is put under a name that the caller gives is the caller's own.
GIVEN = {"templates_fork", "key_values_update", "event_types_update"}
STRICT = ("workflow_runs_", "dead_letters_", "repairs_")  # these look for the row first; `BODIES` are valid for them
# What a body can name of another workspace, with the pointer at which it stands.
NAMING: list[tuple[str, dict[str, Any]]] = [
    ("/workflow-runs/bulk/", {"operation": "cancel", "filter": {"ids": ["{id}"]}}),
    ("/workflow-runs/bulk/", {"operation": "retry", "filter": {"ids": ["{id}"]}}),
    ("/workflow-runs/bulk/", {"operation": "replay", "filter": {"ids": ["{id}"]}}),
    ("/workflow-runs/bulk/", {"operation": "cancel", "filter": {"workflow": "{id}"}}),
    ("/notifications/bulk/", {"operation": "replay", "filter": {"ids": ["{id}"]}}),
    ("/notifications/bulk/", {"operation": "replay", "filter": {"run": "{id}"}}),
    ("/notifications/bulk/", {"operation": "replay", "filter": {"workflow": "{id}"}}),
    ("/dead-letters/redrive/", {"filters": {"workflow": "{id}"}}),
    ("/dead-letters/redrive/", {"filters": {"q": "{id}"}}),
    ("/dead-letters/redrive/", {}),
    ("/inbox/read-all/", {}),
]


def _tenants() -> list[type[Model]]:
    return [model for model in OURS if model.__name__ not in NOT_TENANTS]


def _ids(workspace: Workspace) -> dict[str, UUID]:
    """An id of every kind, of a row of the workspace."""
    with tenancy.unscoped("the test looks at every row"):
        return {
            model.__name__: model._default_manager.filter(workspace_id=workspace.pk).values_list("pk", flat=True)[0]
            for model in _tenants()
            if model.__name__ in KINDS
        }


def _rows(workspace: Workspace) -> dict[str, list[dict[str, Any]]]:
    """All rows of the workspace, but for when its keys were used and who of them is only asking."""
    with tenancy.unscoped("the test looks at every row"):
        return {
            model.__name__: list(model._default_manager.filter(workspace_id=workspace.pk).order_by("pk").values())
            for model in _tenants()
            if model is not ApiKey
        }


def _filled(part: Any, uid: object) -> Any:
    """The body with the id where it says `{id}`."""
    if isinstance(part, dict):
        return {name: _filled(value, uid) for name, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, uid) for value in part]
    return str(uid) if part == "{id}" else part


def _said(path: str) -> list[dict[str, Any]]:
    """What is said beside it: bulk operations are asked to show what they would do, and to do it."""
    return [{"preview": True}, {"expected": 1}] if "bulk" in path else [{}]


def _pairs(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """A run of the workspace with one of its actions, and the other way round."""
    with tenancy.scope(workspace.pk):
        for row in ActionRun.objects.all():
            yield str(row.run_id), str(row.pk)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of refusals are no news."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def stranger(client_for: ClientFor, other_workspace: Workspace) -> APIClient:
    """An admin of a workspace that has nothing."""
    return client_for(other_workspace)


@pytest.fixture(params=["some", pytest.param("all", marks=pytest.mark.long)])
def kinds(request: pytest.FixtureRequest) -> frozenset[str]:
    """Of which ids are asked about everywhere; those of what an operation is about are asked about in any case."""
    return SOME if request.param == "some" else frozenset(KINDS)


def test_an_id_of_another_workspace_in_a_path_is_no_id(
    stranger: APIClient, workspace: Workspace, kinds: frozenset[str]
) -> None:
    before, uids = _rows(workspace), _ids(workspace)
    called = [each for each in operations.described(stranger) if "{" in each.path and each.name not in GIVEN]

    answers = {
        (each.name, kind): each(stranger, each.url(uid))
        for each in called
        for kind, uid in uids.items()
        if kind in kinds or uid == _own(each, uids)
    }
    nested = [each for each in called if each.path.count("{") == 2 and "action_run" in each.path]
    for each in nested:
        for run, action in _pairs(workspace):
            url = each.path.replace("{id}", run).replace("{action_run_id}", action)
            answers[each.name, "its own pair"] = each(stranger, url)

    print(f"\n{len(answers):,} combinations of {len(called)} operations and ids of {len(uids)} models")
    checks_first = {each.name for each in called if each.has_body and not each.name.startswith(STRICT)}
    expected = {name: {400, 404} if name[0] in checks_first else {404} for name in answers}
    assert {name: it.status_code for name, it in answers.items() if it.status_code not in expected[name]} == {}
    assert [name for name, answer in answers.items() if MARK in answer.content.decode()] == []
    assert _rows(workspace) == before


def test_a_filter_by_an_id_of_another_workspace_finds_nothing(
    stranger: APIClient, workspace: Workspace, kinds: frozenset[str]
) -> None:
    uids = _ids(workspace)
    lists = [
        each
        for each in operations.described(stranger)
        if each.method == "get" and "{" not in each.path and each.queries
    ]

    answers = {
        (each.name, query, kind): operations.whole(stranger.get(each.path, {query: str(uid)}))
        for each in lists
        for query in each.queries
        if query not in {"cursor", "limit", "since", "until"}
        for kind, uid in uids.items()
        if kind in kinds or uid == _own(each, uids)
    }

    print(f"\n{len(answers):,} combinations of {len(lists)} lists, their parameters and ids of {len(uids)} models")
    assert {answer.status_code for answer in answers.values()} <= {200, 400, 404}
    assert [name for name, it in answers.items() if it.status_code == 200 and it.json()["results"]] == []
    assert [name for name, answer in answers.items() if MARK in answer.content.decode()] == []


def test_an_id_of_another_workspace_in_a_body_is_of_nothing(stranger: APIClient, workspace: Workspace) -> None:
    before, uids = _rows(workspace), _ids(workspace)

    answers = {
        (path, str(body), kind, str(said)): stranger.post(f"/api/v1{path}", {**_filled(body, uid), **said}, "json")
        for path, body in NAMING
        for kind, uid in uids.items()
        for said in _said(path)
    }

    print(f"\n{len(answers):,} combinations of {len(NAMING)} bodies and ids of {len(uids)} models")
    assert {answer.status_code for answer in answers.values()} <= {200, 400, 409}
    assert {it.json().get("matched", 0) + it.json().get("matching", 0) for it in answers.values()} == {0}
    assert [name for name, answer in answers.items() if MARK in answer.content.decode()] == []
    assert _rows(workspace) == before


def test_the_slug_of_another_workspaces_workflow_is_of_none(stranger: APIClient, workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk):
        slug = Workflow.objects.values_list("slug", flat=True)[0]

    for path, operation in (("workflow-runs", "cancel"), ("notifications", "replay")):
        body = {"operation": operation, "filter": {"workflow": slug}, "preview": True}
        answer = stranger.post(f"/api/v1/{path}/bulk/", body, "json")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown_workflow")


def test_every_operation_has_a_role_and_every_role_is_of_one(stranger: APIClient) -> None:
    assert {each.name for each in operations.described(stranger)} == {
        *operations.ROLES,
        *operations.KEYLESS,
        *operations.PERSONAL,
    }


def test_a_lesser_role_calls_nothing_and_the_needed_one_does(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    """The lesser ones name rows that are there; the others, of a workspace without any, show that they may ask."""
    clients = {role: client_for(workspace, role) for role in Role}
    permitted = {role: client_for(other_workspace, role) for role in Role}
    before, uids = _rows(workspace), _ids(workspace)
    described = operations.described(clients[Role.ADMIN])
    needed = {each: Role(operations.ROLES[each.name]) for each in described if each.name in operations.ROLES}

    refused = {
        (each.name, role.value): each(clients[role], each.url(_own(each, uids))).status_code
        for each, least in needed.items()
        for role in Role
        if not role.includes(least)
    } | {
        (each.name, role.value): each(clients[role], each.url(_own(each, uids))).status_code
        for each in described
        if each.name in operations.PERSONAL
        for role in Role
    }
    unchanged = _rows(workspace) == before
    allowed = {
        (each.name, role.value): each(permitted[role], each.url(new_id())).status_code
        for each, least in needed.items()
        for role in Role
        if role.includes(least)
    }

    print(f"\n{len(refused):,} refusals and {len(allowed):,} permissions of {len(needed)} operations and 4 roles")
    assert {name: status for name, status in refused.items() if status != 403} == {}
    assert {name: status for name, status in allowed.items() if status in {401, 403} or status >= 500} == {}
    assert unchanged
    assert _rows(workspace) == before


def _own(operation: operations.Operation, uids: dict[str, UUID]) -> UUID:
    """An id of what its path is about, or of a run."""
    about = operation.path.removeprefix("/api/v1/").partition("/")[0].rstrip("s").replace("-", "")
    return next((uid for kind, uid in uids.items() if kind.lower() == about), uids["Run"])


def test_without_a_valid_key_there_is_nothing(workspace: Workspace) -> None:
    nobodies, uids = _nobodies(workspace), _ids(workspace)
    before = _rows(workspace)
    found = {
        (name, each.name): each(client, each.url(uids["Run"])).status_code
        for name, client in nobodies.items()
        for each in operations.described(client)
        if each.name not in operations.KEYLESS
    }

    print(f"\n{len(found):,} calls of {len(operations.ROLES)} operations without a valid key")
    assert {name: status for name, status in found.items() if status != 401} == {}
    assert _rows(workspace) == before


def _nobodies(workspace: Workspace) -> dict[str, APIClient]:
    """Clients without a key that is valid now, by what is wrong with it."""
    past = timezone.now() - timedelta(seconds=1)
    expired = api_keys.issue(workspace, name="expired", role=Role.ADMIN, expires_at=past)[1]
    row, revoked = api_keys.issue(workspace, name="revoked", role=Role.ADMIN)
    with tenancy.scope(workspace.pk):
        ApiKey.objects.filter(pk=row.pk).update(revoked_at=past)
    headers = {
        "no key": "",
        "an empty one": "Bearer ",
        "nobody's": "Bearer sq_nobody",
        "another scheme": f"Basic {factories.api_key(workspace)}",
        "expired": f"Bearer {expired}",
        "revoked": f"Bearer {revoked}",
    }
    clients = {}
    for name, header in headers.items():
        clients[name] = APIClient()
        clients[name].credentials(HTTP_AUTHORIZATION=header)
    return clients
