from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from actions import inbox
from actions.inbox import Letter
from actions.models import InboxItem
from core import tenancy
from core.models import Role, Workspace
from core.services import workspaces
from tests import factories
from tests.conftest import ClientFor

URL = "/api/v1/inbox/"


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def told(workspace: Workspace, to: str, number: int = 1, **changes: Any) -> None:
    with tenancy.scope(workspace.pk):
        inbox.put(Letter(to=to, message=f"message {number}", delivery_key=f"k{number}", link="/x", **changes))


@pytest.fixture
def ada(workspace: Workspace) -> User:
    user: User = factories.UserFactory.create(username="ada")
    workspaces.add_member(workspace, user=user, role=Role.VIEWER)
    return user


@pytest.fixture
def bob(workspace: Workspace) -> User:
    user: User = factories.UserFactory.create(username="bob")
    workspaces.add_member(workspace, user=user, role=Role.ADMIN)
    return user


def test_a_member_sees_his_own_and_what_all_are_told(workspace: Workspace, ada: User, bob: User) -> None:
    told(workspace, "ada", 1, title="Hi", kind="in_app")
    told(workspace, "bob", 2)
    with tenancy.scope(workspace.pk):
        InboxItem.objects.create(workspace=workspace, recipient="ops", message="all", delivery_key="k3")

    results = client_of(ada).get(URL).json()["results"]

    assert [(row["user"], row["message"]) for row in results] == [(None, "all"), ("ada", "message 1")]
    assert results[1] == {
        "id": results[1]["id"], "user": "ada", "kind": "in_app", "title": "Hi", "message": "message 1", "link": "/x",
        "run_id": None, "created_at": results[1]["created_at"], "read_at": None,
    }  # fmt: skip


def test_a_key_sees_those_of_all_members(api: APIClient, workspace: Workspace, ada: User, bob: User) -> None:
    told(workspace, "everyone")

    assert {row["user"] for row in api.get(URL).json()["results"]} == {"ada", "bob"}


def test_what_is_read_is_counted_no_more_and_keeps_when(workspace: Workspace, ada: User) -> None:
    told(workspace, "ada", 1)
    told(workspace, "ada", 2)
    client = client_of(ada)
    first = client.get(URL).json()["results"][0]

    times = [client.post(f"{URL}{first['id']}/read/").json()["read_at"] for _ in range(2)]

    assert times[0] is not None
    assert times[0] == times[1]
    assert client.get(f"{URL}unread/").json() == {"unread": 1}
    assert [row["message"] for row in client.get(URL, {"state": "unread"}).json()["results"]] == ["message 1"]
    assert client.post(f"{URL}read-all/").json() == {"unread": 0}
    assert client.get(URL, {"state": "unread"}).json()["results"] == []


def test_nobody_reads_for_others(workspace: Workspace, ada: User, bob: User) -> None:
    told(workspace, "bob")
    with tenancy.scope(workspace.pk):
        item = InboxItem.objects.get()

    answer = client_of(ada).post(f"{URL}{item.pk}/read/")
    client_of(ada).post(f"{URL}read-all/")

    assert answer.status_code == 404
    item.refresh_from_db(from_queryset=InboxItem._base_manager.all())
    assert item.read_at is None


def test_items_of_other_workspaces_are_not_there(api: APIClient, other_workspace: Workspace) -> None:
    told(other_workspace, "ops")
    with tenancy.scope(other_workspace.pk):
        item = InboxItem.objects.get()

    assert api.get(URL).json()["results"] == []
    assert api.post(f"{URL}{item.pk}/read/").status_code == 404
    assert api.post(f"{URL}not-an-id/read/").status_code == 404


def test_a_key_of_a_viewer_reads_for_nobody(workspace: Workspace, ada: User, client_for: ClientFor) -> None:
    told(workspace, "ada")

    answers = [client_for(workspace, role).post(f"{URL}read-all/") for role in (Role.VIEWER, Role.OPERATOR)]

    assert [answer.status_code for answer in answers] == [403, 200]


@pytest.mark.parametrize("query", [{"state": "lost"}, {"surprise": "1"}, {"kind": "x" * 101}])
def test_a_question_that_means_nothing_is_refused(api: APIClient, query: dict[str, str]) -> None:
    assert api.get(URL, query).status_code == 400
