from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from core import scopes, tenancy
from core.models import ApiKey, AuditEntry, Role, Workspace
from core.services import api_keys, workspaces
from tests import factories
from tests.conftest import ClientFor
from tests.envelopes import envelope, refused

URL = "/api/v1/api-keys/"
BODY = {"name": "ci", "role": "operator"}


def with_key(key: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def limited(workspace: Workspace, *held: str, role: Role = Role.ADMIN) -> APIClient:
    return with_key(api_keys.issue(workspace, name="limited", role=role, scopes=held)[1])


def made(api: APIClient, **body: Any) -> dict[str, Any]:
    answer = api.post(URL, {**BODY, **body}, format="json")
    assert answer.status_code == 201, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def audited(workspace: Workspace) -> list[str]:
    with tenancy.scope(workspace.pk):
        return list(AuditEntry.objects.filter(actor__startswith="key").order_by("id").values_list("action", flat=True))


def test_a_key_is_made_shown_once_and_works(api: APIClient, workspace: Workspace) -> None:
    answer = api.post(URL, {**BODY, "scopes": ["runs:read", "events:write", "runs:read"]}, format="json")

    row = answer.json()
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    key = row.pop("key")
    assert row == {
        "id": row["id"],
        "name": "ci",
        "prefix": key[:11],
        "role": "operator",
        "scopes": ["events:write", "runs:read"],
        "status": "active",
        "user": None,
        "service_account": None,
        "created_by": row["created_by"],
        "created_at": row["created_at"],
        "last_used_at": None,
        "expires_at": None,
        "revoked_at": None,
        "replaced_by": None,
    }
    assert row["created_by"].startswith("key sq_")
    shown = api.get(f"{URL}{row['id']}/").json()
    assert shown == row
    assert key not in api.get(URL).content.decode()
    assert with_key(key).post("/api/v1/events/", {"type": "lead.created"}, format="json").status_code == 202
    assert api.get(f"{URL}{row['id']}/").json()["last_used_at"] is not None
    assert audited(workspace) == ["api_key.created"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"role": "root"}, ("/role", "invalid")),
        ({"name": "  "}, ("/name", "invalid")),
        ({"name": "x" * 201}, ("/name", "invalid")),
        ({"scopes": ["events:write", "event:write"]}, ("/scopes/1", "unknown_scope")),
        ({"scopes": ["audit:write"]}, ("/scopes/0", "unknown_scope")),
        ({"expires_at": "2001-01-01T00:00:00Z"}, ("/expires_at", "in_the_past")),
        ({"expires_at": "2101-01-01T00:00:00"}, ("/expires_at", "invalid")),
        ({"service_account": "01890000-0000-7000-8000-000000000001"}, ("/service_account", "unknown_service_account")),
        ({"key": "mine"}, ("/key", "unknown_field")),
    ],
    ids=str,
)
def test_what_is_no_key_is_refused(
    api: APIClient, workspace: Workspace, body: dict[str, Any], problem: tuple[str, str]
) -> None:
    found = refused(api.post(URL, {**BODY, **body}, format="json"), status=400, code="invalid")

    assert [(each["path"], each["code"]) for each in found] == [problem]
    assert audited(workspace) == []


@pytest.mark.parametrize(
    ("held", "method", "path", "missing"),
    [
        (["events:write"], "get", "events/", "events:read"),
        (["events:read"], "post", "events/", "events:write"),
        (["workflows:write"], "post", "workflows/greet/execute/", "runs:write"),
        (["secrets:read"], "post", "secrets/", "secrets:write"),
        (["access:read"], "delete", "members/x/", "access:write"),
        (["workflows:read"], "get", "monitoring/audit/export/", "audit:read"),
        (["access:write"], "get", "workspaces/", "workspace:read"),
    ],
)
def test_a_key_is_told_which_scope_it_lacks(
    workspace: Workspace, held: list[str], method: str, path: str, missing: str
) -> None:
    answer = getattr(limited(workspace, *held), method)(f"/api/v1/{path}", {} if method != "get" else None)

    refused(answer, status=403, code="forbidden")
    assert envelope(answer)["detail"] == f"This needs the scope {missing}; this key has {held[0]}."


def test_a_scope_gives_no_more_than_the_role_and_asking_is_reading(workspace: Workspace) -> None:
    viewer = limited(workspace, "events:write", "workflows:read", role=Role.VIEWER)

    assert envelope(viewer.post("/api/v1/events/", {}, format="json"))["detail"].startswith("This needs the role")
    asked = viewer.post("/api/v1/triggers/preview/", {"type": "schedule", "params": {"cron": "0 9 * * *"}}, "json")
    assert asked.status_code == 200


def test_a_key_with_scopes_makes_keys_with_some_of_its_own_alone(workspace: Workspace) -> None:
    client = limited(workspace, "access:write", "access:read", "runs:read")

    for given in ([], ["runs:read", "secrets:write"]):
        answer = client.post(URL, {**BODY, "scopes": given}, format="json")
        refused(answer, status=403, code="forbidden")
    row = made(client, scopes=["runs:read"])

    wider = client.patch(f"{URL}{row['id']}/", {"scopes": []}, format="json")
    refused(wider, status=403, code="forbidden")
    assert client.get(f"{URL}{row['id']}/").json()["scopes"] == ["runs:read"]


def test_a_key_with_scopes_prolongs_no_key_that_may_do_more(workspace: Workspace) -> None:
    soon, later = timezone.now() + timedelta(hours=1), {"expires_at": "2099-01-01T00:00:00Z"}
    whole, _ = api_keys.issue(workspace, name="whole", role=Role.ADMIN, expires_at=soon)
    part, _ = api_keys.issue(workspace, name="part", role=Role.ADMIN, scopes=["access:write"], expires_at=soon)
    client = limited(workspace, "access:write")

    refused(client.patch(f"{URL}{whole.pk}/", later, format="json"), status=403, code="forbidden")
    assert client.patch(f"{URL}{part.pk}/", later, format="json").status_code == 200


def test_no_key_outlives_the_one_that_makes_changes_or_rotates_it(workspace: Workspace) -> None:
    end = timezone.now() + timedelta(hours=1)
    soon, later = ((end + timedelta(minutes=by)).isoformat() for by in (-1, 1))
    own, key = api_keys.issue(workspace, name="mine", role=Role.ADMIN, expires_at=end)
    lasting, _ = api_keys.issue(workspace, name="lasting", role=Role.ADMIN)
    client = with_key(key)

    refusals = [
        client.patch(f"{URL}{own.pk}/", {"expires_at": later}, format="json"),
        client.patch(f"{URL}{own.pk}/", {"expires_at": None}, format="json"),
        client.patch(f"{URL}{lasting.pk}/", {"scopes": ["runs:read"]}, format="json"),
        client.post(f"{URL}{lasting.pk}/rotate/", {}, format="json"),
        client.post(URL, BODY, format="json"),
        client.post(URL, {**BODY, "expires_at": later}, format="json"),
    ]

    for each in refusals:
        refused(each, status=403, code="forbidden")
        assert envelope(each)["detail"].startswith("No key outlives the one that makes or changes it, which ends ")
    with tenancy.scope(workspace.pk):
        rows = dict(ApiKey.objects.values_list("name", "expires_at"))
        assert (rows, ApiKey.objects.get(name="lasting").scopes) == ({"mine": end, "lasting": None}, [])
    assert made(client, expires_at=soon)["expires_at"] is not None
    assert client.post(f"{URL}{own.pk}/rotate/", {}, format="json").json()["new"]["status"] == "active"


def test_a_key_is_changed_by_what_is_given_and_the_same_changes_nothing(api: APIClient, workspace: Workspace) -> None:
    row = made(api, scopes=["runs:read"], expires_at="2101-01-01T00:00:00Z")

    changes: dict[str, Any] = {"name": "new", "scopes": [], "expires_at": None}

    answers = [api.patch(f"{URL}{row['id']}/", changes, format="json") for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert answers[1].json() == {
        **{name: value for name, value in row.items() if name != "key"},
        "name": "new",
        "scopes": [],
        "expires_at": None,
    }
    assert audited(workspace) == ["api_key.created", "api_key.changed"]
    with tenancy.scope(workspace.pk):
        entry = AuditEntry.objects.get(action="api_key.changed")
    assert (entry.before or {})["scopes"] == ["runs:read"]
    assert (entry.after or {})["name"] == "new"


def test_a_revoked_key_is_refused_at_once_and_twice_is_once(api: APIClient, workspace: Workspace) -> None:
    row = made(api)

    assert [api.delete(f"{URL}{row['id']}/").status_code for _ in range(2)] == [204, 204]

    refused(with_key(row["key"]).get("/api/v1/events/"), status=401, code="unauthenticated")
    assert api.get(f"{URL}{row['id']}/").json()["status"] == "revoked"
    refused(api.patch(f"{URL}{row['id']}/", {"name": "x"}, format="json"), status=409, code="conflict")
    refused(api.post(f"{URL}{row['id']}/rotate/"), status=409, code="conflict")
    assert audited(workspace) == ["api_key.created", "api_key.revoked"]


def test_open_invitations_that_a_key_sent_end_when_it_is_revoked_not_when_it_is_rotated(
    api: APIClient, workspace: Workspace
) -> None:
    def invite(client: APIClient, name: str) -> None:
        body = {"email": f"{name}@example.com", "role": "admin"}
        assert client.post("/api/v1/members/", body, format="json").status_code == 201

    def states() -> dict[str, str]:
        rows = api.get("/api/v1/members/invitations/").json()["results"]
        return {row["email"].partition("@")[0]: row["status"] for row in rows}

    leaked, rotated = (made(api, role="admin") for _ in range(2))
    for client, name in ((api, "ann"), (with_key(leaked["key"]), "eve"), (with_key(rotated["key"]), "bob")):
        invite(client, name)
    assert api.post(f"{URL}{rotated['id']}/rotate/", {}, format="json").status_code == 201

    answers = [api.delete(f"{URL}{leaked['id']}/") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert states() == {"ann": "open", "eve": "revoked", "bob": "open"}
    with tenancy.scope(workspace.pk):
        [entry] = AuditEntry.objects.filter(action="api_key.revoked")
        assert entry.after == {"prefix": leaked["prefix"], "invitations": 1}
    assert api.delete(f"{URL}{rotated['id']}/").status_code == 204
    assert states() == {"ann": "open", "eve": "revoked", "bob": "revoked"}


def test_a_key_is_rotated_at_once(api: APIClient) -> None:
    row = made(api, scopes=["runs:read"])

    answer = api.post(f"{URL}{row['id']}/rotate/", {}, format="json")

    new, old = answer.json()["new"], answer.json()["old"]
    assert answer.status_code == 201
    assert (new["name"], new["role"], new["scopes"]) == ("ci", "operator", ["runs:read"])
    assert (old["id"], old["status"], old["replaced_by"]) == (row["id"], "revoked", new["id"])
    assert with_key(row["key"]).get("/api/v1/workflow-runs/").status_code == 401
    assert with_key(new["key"]).get("/api/v1/workflow-runs/").status_code == 200


def test_a_rotated_key_stays_valid_for_the_overlap_and_is_rotated_once(api: APIClient) -> None:
    with time_machine.travel("2026-01-31T12:00:00Z", tick=False) as clock:
        row = made(api)
        answer = api.post(f"{URL}{row['id']}/rotate/", {"overlap_seconds": 60}, format="json")
        assert datetime.fromisoformat(answer.json()["old"]["expires_at"]) == timezone.now() + timedelta(seconds=60)
        again = api.post(f"{URL}{row['id']}/rotate/", {}, format="json")
        clock.shift(59)
        before_the_end = with_key(row["key"]).get("/api/v1/events/").status_code
        clock.shift(1)
        at_the_end = with_key(row["key"]).get("/api/v1/events/").status_code

    refused(again, status=409, code="conflict")
    assert (before_the_end, at_the_end) == (200, 401)


@pytest.mark.parametrize("seconds", [-1, 7 * 24 * 3600 + 1, "x", False])
def test_what_is_no_overlap_is_refused(api: APIClient, seconds: object) -> None:
    answer = api.post(f"{URL}{made(api)['id']}/rotate/", {"overlap_seconds": seconds}, format="json")

    assert [each["path"] for each in refused(answer, status=400, code="invalid")] == ["/overlap_seconds"]


def test_a_key_of_a_person_has_their_role_at_most_and_ends_when_they_leave(workspace: Workspace) -> None:
    user = factories.UserFactory.create(username="ann")
    member = workspaces.add_member(workspace, user=user, role=Role.ADMIN)
    person = APIClient()
    person.force_login(user)
    row = made(person, role="admin")
    client = with_key(row["key"])
    assert (row["user"], row["created_by"]) == ("ann", "user ann")
    child = made(client, role="admin")
    assert child["user"] == "ann"

    with tenancy.scope(workspace.pk):
        member.role, member.is_owner = Role.OPERATOR, False
        member.save()
    lowered = client.get(URL)
    with tenancy.scope(workspace.pk):
        member.delete()

    assert envelope(lowered)["detail"] == "This needs the role admin; yours is operator."
    assert [with_key(each["key"]).get("/api/v1/events/").status_code for each in (row, child)] == [401, 401]


def test_a_key_of_a_person_who_may_not_sign_in_is_refused(workspace: Workspace) -> None:
    user = factories.UserFactory.create()
    workspaces.add_member(workspace, user=user, role=Role.ADMIN)
    _, key = api_keys.issue(workspace, name="x", role=Role.ADMIN, owner=user)

    user.is_active = False
    user.save()

    assert api_keys.recognise(key) is None


def test_nobody_finds_a_key_of_another_workspace(
    api: APIClient, client_for: ClientFor, other_workspace: Workspace
) -> None:
    row = made(api)
    stranger = client_for(other_workspace)

    for call in (stranger.get, stranger.delete):
        refused(call(f"{URL}{row['id']}/"), status=404, code="not_found")
    refused(stranger.post(f"{URL}{row['id']}/rotate/"), status=404, code="not_found")

    assert with_key(row["key"]).get("/api/v1/events/").status_code == 200


def test_only_admins_see_keys(client_for: ClientFor, workspace: Workspace) -> None:
    refused(client_for(workspace, Role.EDITOR).get(URL), status=403, code="forbidden")
    with tenancy.scope(workspace.pk):
        assert ApiKey.objects.count() == 1


def test_every_scope_is_in_the_description_of_the_api(api: APIClient) -> None:
    schema = api.get("/api/schema/", {"format": "json"}).json()

    needed = {
        word
        for calls in schema["paths"].values()
        for call in calls.values()
        for each in call.get("security", [])
        for word in each.get("apiKey", [])
    }
    assert needed == {*scopes.SCOPES}
    assert "`events:write`" in schema["components"]["securitySchemes"]["apiKey"]["description"]
