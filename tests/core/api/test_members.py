import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone
from rest_framework.test import APIClient

from core import tenancy
from core.models import AuditEntry, Membership, Role, Workspace
from core.services import workspaces
from tests import factories
from tests.envelopes import envelope, refused

URL = "/api/v1/members/"


def user_named(name: str, workspace: Workspace | None = None, role: Role = Role.ADMIN) -> User:
    user: User = factories.UserFactory.create(username=name)
    if workspace:
        workspaces.add_member(workspace, user=user, role=role)
    return user


def signed_in(user: User, workspace: Workspace | None = None) -> APIClient:
    """A browser: its session, and CSRF enforced."""
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(user)
    client.cookies["csrftoken"] = "a" * 32
    names = {"HTTP_X_WORKSPACE": workspace.slug} if workspace else {}
    client.credentials(HTTP_X_CSRFTOKEN="a" * 32, **names)
    return client


@pytest.fixture
def ann(workspace: Workspace) -> User:
    """The owner: the first admin."""
    return user_named("ann", workspace)


@pytest.fixture
def bob(workspace: Workspace, ann: User) -> User:
    return user_named("bob", workspace)


def uid(user: User, workspace: Workspace) -> str:
    with tenancy.scope(workspace.pk):
        return str(Membership.objects.get(user=user).pk)


def roles(workspace: Workspace) -> dict[str, str]:
    with tenancy.scope(workspace.pk):
        rows = Membership.objects.select_related("user")
        return {row.user.username: f"{row.role}{' owner' if row.is_owner else ''}" for row in rows}


def actions(workspace: Workspace) -> list[tuple[str, str]]:
    with tenancy.scope(workspace.pk):
        rows = AuditEntry.objects.exclude(actor="sequitur").order_by("id")
        return [(row.action, row.actor) for row in rows]


def test_the_first_admin_owns_the_workspace_and_members_are_listed(workspace: Workspace, ann: User, bob: User) -> None:
    found = signed_in(bob, workspace).get(URL).json()["results"]

    assert [(row["user"], row["role"], row["is_owner"]) for row in found] == [
        ("bob", "admin", False),
        ("ann", "admin", True),
    ]


def test_a_role_is_changed_once_and_audited(workspace: Workspace, ann: User, bob: User) -> None:
    client = signed_in(ann, workspace)

    url = f"{URL}{uid(bob, workspace)}/"

    answers = [client.patch(url, {"role": "viewer"}, format="json").json()["role"] for _ in range(2)]

    assert answers == ["viewer", "viewer"]
    assert actions(workspace) == [("member.changed", "user ann")]


def test_the_owner_is_neither_lowered_nor_removed_and_does_not_leave(
    workspace: Workspace, ann: User, bob: User
) -> None:
    owner = f"{URL}{uid(ann, workspace)}/"
    client = signed_in(bob, workspace)
    answers = [
        client.patch(owner, {"role": "editor"}, format="json"),
        client.delete(owner),
        signed_in(ann, workspace).post(f"{URL}leave/"),
    ]

    for answer in answers:
        refused(answer, status=409, code="conflict")
        assert "ann owns the workspace" in envelope(answer)["detail"]
    assert roles(workspace) == {"ann": "admin owner", "bob": "admin"}


def test_the_owner_alone_transfers_the_workspace(workspace: Workspace, ann: User, bob: User) -> None:
    eve = user_named("eve", workspace, Role.VIEWER)

    refused(signed_in(bob, workspace).post(f"{URL}{uid(bob, workspace)}/transfer/"), status=403, code="forbidden")
    answer = signed_in(ann, workspace).post(f"{URL}{uid(eve, workspace)}/transfer/")

    assert (answer.status_code, answer.json()["is_owner"]) == (200, True)
    assert roles(workspace) == {"ann": "admin", "bob": "admin", "eve": "admin owner"}
    assert actions(workspace) == [("member.transferred", "user ann")]
    assert signed_in(ann, workspace).post(f"{URL}leave/").status_code == 204
    assert roles(workspace) == {"bob": "admin", "eve": "admin owner"}


def test_nobody_gets_a_key_of_the_owner_by_rotating_it(workspace: Workspace, ann: User, bob: User) -> None:
    body = {"name": "ci", "role": "admin"}
    key = signed_in(ann, workspace).post("/api/v1/api-keys/", body, format="json").json()
    url = f"/api/v1/api-keys/{key['id']}/rotate/"

    refused(signed_in(bob, workspace).post(url, {}, format="json"), status=403, code="forbidden")
    assert signed_in(ann, workspace).post(url, {}, format="json").status_code == 201


def test_the_last_admin_of_a_workspace_that_nobody_owns_stays(workspace: Workspace, ann: User, api: APIClient) -> None:
    with tenancy.scope(workspace.pk):
        Membership.objects.update(is_owner=False)

    answer = api.patch(f"{URL}{uid(ann, workspace)}/", {"role": "viewer"}, format="json")

    refused(answer, status=409, code="conflict")
    assert envelope(answer)["detail"] == "This is the last admin of the workspace; make somebody else an admin first."


def test_who_is_removed_loses_their_keys_for_good(workspace: Workspace, ann: User, bob: User) -> None:
    row = signed_in(bob, workspace).post("/api/v1/api-keys/", {"name": "x", "role": "admin"}, format="json").json()
    key = APIClient()
    key.credentials(HTTP_AUTHORIZATION=f"Bearer {row['key']}")
    assert key.get(URL).status_code == 200

    assert signed_in(ann, workspace).delete(f"{URL}{uid(bob, workspace)}/").status_code == 204
    workspaces.add_member(workspace, user=bob, role=Role.ADMIN)

    assert key.get(URL).status_code == 401
    assert actions(workspace)[-2:] == [("api_key.revoked", "user ann"), ("member.removed", "user ann")]


def test_a_key_that_is_nobodys_cannot_leave(api: APIClient, ann: User) -> None:
    refused(api.post(f"{URL}leave/"), status=403, code="forbidden")


def test_who_was_removed_meanwhile_removes_nobody(workspace: Workspace, ann: User, bob: User) -> None:
    """As when two admins remove each other: the one who comes second is an admin no more."""
    from core.actors import Actor
    from core.errors import ForbiddenError
    from core.services import members

    eve = user_named("eve", workspace)
    with tenancy.scope(workspace.pk):
        members.remove(Membership.objects.get(user=bob).pk, by=Actor("user eve", user_id=eve.pk))
        with pytest.raises(ForbiddenError, match="no admin of this workspace any more"):
            members.remove(Membership.objects.get(user=eve).pk, by=Actor("user bob", user_id=bob.pk))

    assert roles(workspace) == {"ann": "admin owner", "eve": "admin"}


def test_without_a_csrf_token_nothing_changes(workspace: Workspace, ann: User, bob: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(ann)

    refused(client.delete(f"{URL}{uid(bob, workspace)}/"), status=403, code="forbidden")

    assert set(roles(workspace)) == {"ann", "bob"}


def invited(client: APIClient, committed: Any, email: str = "eve@example.com", role: str = "editor") -> dict[str, Any]:
    with committed(execute=True):
        answer = client.post(URL, {"email": email, "role": role}, format="json")
    assert answer.status_code == 201, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def token() -> str:
    found = re.search(r"^sqi_\S+$", str(mail.outbox[-1].body), flags=re.MULTILINE)
    assert found
    return found[0]


def accept(user: User, text: str) -> Any:
    return signed_in(user).post(f"{URL}accept/", {"token": text}, format="json")


def test_an_invitation_is_mailed_and_used_once(workspace: Workspace, ann: User, committed: Any) -> None:
    eve, fred = user_named("eve"), user_named("fred")
    row = invited(signed_in(ann, workspace), committed)
    assert mail.outbox[0].to == ["eve@example.com"]
    assert "token" not in row

    answers = [accept(eve, token()), accept(fred, token())]

    assert [answer.status_code for answer in answers] == [201, 404]
    joined = answers[0].json()
    assert (joined["user"], joined["role"], joined["workspace"]) == ("eve", "editor", workspace.slug)
    [listed] = signed_in(ann, workspace).get(f"{URL}invitations/").json()["results"]
    assert (listed["status"], listed["accepted_by"], listed["invited_by"]) == ("accepted", "user eve", "user ann")
    assert listed["mailed_at"] is not None
    assert actions(workspace) == [
        ("invitation.created", "user ann"),
        ("invitation.accepted", "user eve"),
        ("member.added", "user eve"),
    ]


def test_a_second_invitation_to_an_address_ends_the_first(workspace: Workspace, ann: User, committed: Any) -> None:
    client = signed_in(ann, workspace)
    invited(client, committed)
    first = token()

    invited(client, committed, "EVE@example.com", "viewer")

    assert accept(user_named("eve"), first).status_code == 404
    statuses = [row["status"] for row in client.get(f"{URL}invitations/").json()["results"]]
    assert statuses == ["open", "revoked"]


def test_an_invitation_is_revoked_and_expires(workspace: Workspace, ann: User, committed: Any) -> None:
    client, eve = signed_in(ann, workspace), user_named("eve")
    row = invited(client, committed)
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1), tick=False):
        refused(accept(eve, token()), status=404, code="not_found")

    assert [client.delete(f"{URL}invitations/{row['id']}/").status_code for _ in range(2)] == [204, 204]

    refused(accept(eve, token()), status=404, code="not_found")
    assert roles(workspace) == {"ann": "admin owner"}


@pytest.mark.parametrize("change", ["removed", "lowered"])
def test_who_is_no_admin_any_more_leaves_no_way_back(
    workspace: Workspace, ann: User, bob: User, committed: Any, change: str
) -> None:
    owner, admin, with_key = signed_in(ann, workspace), signed_in(bob, workspace), APIClient()
    key = admin.post("/api/v1/api-keys/", {"name": "b", "role": "admin"}, format="json").json()["key"]
    with_key.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    tokens = []
    for number, client in enumerate((admin, with_key, owner)):
        invited(client, committed, f"{number}@example.com", "admin")
        tokens.append(token())

    url = f"{URL}{uid(bob, workspace)}/"
    answer = owner.delete(url) if change == "removed" else owner.patch(url, {"role": "viewer"}, format="json")

    assert answer.status_code in {200, 204}
    eve = user_named("eve")
    assert [accept(eve, each).status_code for each in tokens] == [404, 404, 201]


def test_a_member_does_not_use_up_an_invitation(workspace: Workspace, ann: User, committed: Any) -> None:
    invited(signed_in(ann, workspace), committed)

    refused(accept(ann, token()), status=409, code="conflict")

    assert accept(user_named("eve"), token()).status_code == 201


def test_a_mail_that_does_not_leave_is_seen(
    workspace: Workspace, ann: User, committed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailBackend, "send_messages", fail)
    client = signed_in(ann, workspace)
    invited(client, committed)

    [row] = client.get(f"{URL}invitations/").json()["results"]
    assert (row["status"], row["mailed_at"]) == ("open", None)


@pytest.mark.parametrize("email", ["", "eve", "eve@example.com\nBcc: x@example.com", "x" * 250 + "@a.nl"], ids=repr)
def test_what_is_no_address_is_not_invited(api: APIClient, email: str) -> None:
    problems = refused(api.post(URL, {"email": email, "role": "viewer"}, format="json"), status=400, code="invalid")

    assert [each["path"] for each in problems] == ["/email"]


def test_a_key_accepts_no_invitation(api: APIClient, workspace: Workspace) -> None:
    refused(api.post(f"{URL}accept/", {"token": "x"}, format="json"), status=403, code="forbidden")


def test_a_service_account_has_keys_of_its_role_at_most_that_end_with_it(api: APIClient, workspace: Workspace) -> None:
    row = api.post("/api/v1/service-accounts/", {"name": "importer", "role": "operator"}, format="json").json()
    url, body = f"/api/v1/service-accounts/{row['id']}/", {"name": "k", "service_account": row["id"]}
    too_high = api.post("/api/v1/api-keys/", {**body, "role": "editor"}, format="json")
    key = api.post("/api/v1/api-keys/", {**body, "role": "operator"}, format="json").json()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key['key']}")
    sent = client.post("/api/v1/events/", {"type": "lead.created"}, format="json").status_code
    api.patch(url, {"role": "viewer"}, format="json")
    lowered = client.post("/api/v1/events/", {"type": "lead.created"}, format="json").status_code
    api.delete(url)

    assert [each["code"] for each in refused(too_high, status=400, code="invalid")] == ["above_service_account"]
    assert (row["name"], row["role"], key["service_account"], key["user"]) == ("importer", "operator", row["id"], None)
    assert (sent, lowered, client.get("/api/v1/events/").status_code) == (202, 403, 401)
    assert [action for action, _ in actions(workspace)] == [
        "service_account.created",
        "api_key.created",
        "service_account.changed",
        "service_account.deleted",
    ]


def test_two_service_accounts_have_two_names(api: APIClient, workspace: Workspace) -> None:
    for name, status in (("importer", 201), ("IMPORTER", 409)):
        answer = api.post("/api/v1/service-accounts/", {"name": name, "role": "viewer"}, format="json")
        assert answer.status_code == status


@pytest.mark.parametrize("end", ["deleted", "lowered"])
def test_invitations_of_a_service_account_end_when_it_is_no_admin_any_more(api: APIClient, end: str) -> None:
    row = api.post("/api/v1/service-accounts/", {"name": "importer", "role": "admin"}, format="json").json()
    url, key = f"/api/v1/service-accounts/{row['id']}/", {"name": "k", "role": "admin", "service_account": row["id"]}
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {api.post('/api/v1/api-keys/', key, format='json').json()['key']}")
    for by, email in ((client, "eve@example.com"), (api, "bob@example.com")):
        assert by.post(URL, {"email": email, "role": "admin"}, format="json").status_code == 201
    assert api.patch(url, {"name": "renamed"}, format="json").status_code == 200
    before = {each["status"] for each in api.get(f"{URL}invitations/").json()["results"]}

    ended = api.delete(url) if end == "deleted" else api.patch(url, {"role": "viewer"}, format="json")

    found = {each["email"]: each["status"] for each in api.get(f"{URL}invitations/").json()["results"]}
    assert (ended.status_code, before) == (204 if end == "deleted" else 200, {"open"})
    assert found == {"eve@example.com": "revoked", "bob@example.com": "open"}
