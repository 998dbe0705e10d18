"""Nobody overwrites what somebody else changed meanwhile: every resource that people edit, one test for all."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from core.preconditions import Expected, PreconditionFailedError
from tests import factories, races
from tests.actions.connectors.documents import PETS, changed
from tests.factories import definition, log_event
from triggers.models import Trigger
from workflows.models import Workflow
from workflows.services import workflows

CONNECTION = {"name": "shop", "kind": "http_bearer", "settings": {"base_url": "https://example.com"}}
EDITED: dict[str, tuple[str, dict[str, Any], str, dict[str, Any], dict[str, Any]]] = {
    "connections": (
        "connections/",
        {**CONNECTION, "secrets": {"token": "canary-c4n4ry"}},
        "patch",
        {"secrets": {"token": "canary-other"}},
        {"name": "store"},
    ),
    "event types": (
        "event-types/",
        {"name": "lead.created"},
        "patch",
        {"description": "one"},
        {"description": "two"},
    ),
    "event types, as a whole": (
        "event-types/",
        {"name": "lead.created"},
        "put",
        {"description": "one"},
        {"description": "two"},
    ),
    "connectors": ("connectors/", PETS, "put", changed(title="One"), changed(title="Two")),
    "messages": (
        "message-templates/",
        {"name": "hello", "subject": "Hi", "text": "Hi"},
        "put",
        {"subject": "One", "text": "1"},
        {"subject": "Two", "text": "2"},
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("resource", EDITED)
def test_a_change_of_what_was_changed_meanwhile_is_refused(api: APIClient, resource: str) -> None:
    path, new, verb, first, second = EDITED[resource]
    made = api.post(f"/api/v1/{path}", new, format="json")
    assert made.status_code == 201, made.json()
    url = f"/api/v1/{path}{made.json().get('id') if resource == 'connections' else new['name']}/"
    tag = api.get(url)["ETag"]
    change = getattr(api, verb)

    assert api.get(url, headers={"If-None-Match": tag}).status_code == 304
    assert change(url, first, format="json", headers={"If-Match": tag}).status_code == 200
    shown = api.get(url)
    late = change(url, second, format="json", headers={"If-Match": tag})

    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert (api.get(url).json(), shown["ETag"] == tag) == (shown.json(), False)
    assert "canary" not in tag
    assert change(url, second, format="json", headers={"If-Match": shown["ETag"]}).status_code == 200


SETTINGS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "workspaces/{slug}/": ("patch", {"variables": {"one": 1}}, {"variables": {"two": 2}}),
    "action-roles/": ("put", {"roles": {"db_query": "admin"}}, {"roles": {"db_query": "nobody"}}),
}


@pytest.mark.django_db
@pytest.mark.parametrize("path", SETTINGS)
def test_settings_that_somebody_changed_meanwhile_are_not_replaced(
    api: APIClient, workspace: Workspace, path: str
) -> None:
    verb, first, second = SETTINGS[path]
    url = f"/api/v1/{path.format(slug=workspace.slug)}"
    change, tag = getattr(api, verb), api.get(url)["ETag"]

    made = change(url, first, format="json", headers={"If-Match": tag})
    late = change(url, second, format="json", headers={"If-Match": tag})

    assert (made.status_code, made["ETag"]) == (200, api.get(url)["ETag"])
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert api.get(url).json() == made.json()
    assert change(url, second, format="json", headers={"If-Match": made["ETag"]}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("resource", EDITED)
def test_what_was_changed_meanwhile_is_not_deleted(api: APIClient, resource: str) -> None:
    path, new, verb, first, _ = EDITED[resource]
    made = api.post(f"/api/v1/{path}", new, format="json")
    url = f"/api/v1/{path}{made.json().get('id') if resource == 'connections' else new['name']}/"
    tag = api.get(url)["ETag"]
    changed_now = getattr(api, verb)(url, first, format="json")

    late = api.delete(url, headers={"If-Match": tag})

    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert api.get(url).status_code == 200
    assert api.delete(url, headers={"If-Match": changed_now["ETag"]}).status_code == 204


@pytest.mark.django_db
def test_a_message_that_was_changed_meanwhile_is_not_rolled_back(api: APIClient) -> None:
    path, new, _, first, second = EDITED["messages"]
    api.post(f"/api/v1/{path}", new, format="json")
    url = f"/api/v1/{path}{new['name']}/"
    tag = api.put(url, first, format="json")["ETag"]
    newest = api.put(url, second, format="json")

    late = api.post(f"{url}rollback/", {"number": 1}, format="json", headers={"If-Match": tag})

    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert api.get(url).json() == newest.json()


# What is changed or deleted without a word of what one began with, by the beginning of its name, and why that is right.
LAST_ONE_WINS = {
    "api_keys_": "each field is sent by itself, and a revoked key stays as it is",
    "members_": "a role is one word",
    "service_accounts_": "each field is sent by itself",
    "invitations_": "they are never edited",
    "secrets_": "nobody reads what they replace",
    "key_values_": "values have versions of their own: `if_version`",
}


@pytest.mark.django_db
def test_every_change_says_that_it_takes_what_one_began_with(api: APIClient) -> None:
    paths = api.get("/api/schema/", {"format": "json"}).json()["paths"]
    changes = {
        str(call["operationId"]): {*call["responses"]}
        for calls in paths.values()
        for method, call in calls.items()
        if method in {"put", "patch", "delete"}
    }

    silent = {name for name, statuses in changes.items() if "412" not in statuses}

    assert {name for name in silent if not name.startswith(tuple(LAST_ONE_WINS))} == set()
    assert [each for each in LAST_ONE_WINS if not any(name.startswith(each) for name in silent)] == []


@pytest.mark.django_db
def test_a_trigger_is_switched_by_who_knows_it_as_it_is(api: APIClient, workspace: Workspace) -> None:
    factories.published(workspace)
    with tenancy.scope(workspace.pk):
        trigger = f"/api/v1/triggers/{Trigger.objects.get().pk}/"
    old = api.get(trigger)["ETag"]
    assert api.patch(trigger, {"is_enabled": False}, format="json", headers={"If-Match": old}).status_code == 200
    assert api.patch(trigger, {"is_enabled": True}, format="json", headers={"If-Match": old}).status_code == 412
    assert api.get(trigger).json()["is_enabled"] is False


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["event-types/new.type/", "connectors/pets/"])
def test_what_is_not_there_is_not_made_by_who_wants_to_change_it(api: APIClient, path: str) -> None:
    body = PETS if "pets" in path else {}

    refused = api.put(f"/api/v1/{path}", body, format="json", headers={"If-Match": "*"})

    assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    assert api.get(f"/api/v1/{path}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_who_change_the_same_revision_at_once_exactly_one_wins(workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk):
        workflow = workflows.create(definition())

    def change(number: int) -> str:
        with tenancy.scope(workspace.pk):
            try:
                workflows.update(
                    workflow, definition(log_event(str(number))), by=str(number), expected=Expected(frozenset({"r1"}))
                )
            except PreconditionFailedError as error:
                return error.detail
        return ""

    said = races.at_once(change, threads=4)

    with tenancy.scope(workspace.pk):
        row = Workflow.objects.get()
    (winner,) = [number for number, detail in enumerate(said) if not detail]
    assert (row.revision, row.draft["actions"][0]["params"]["message"]) == (2, str(winner))
    assert all(f"by {winner} at" in detail for detail in said if detail)
