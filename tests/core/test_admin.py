from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from core import tenancy
from core.actors import Actor
from core.models import ApiKey, AuditEntry, Membership, Role, Secret, Workspace
from core.services import api_keys, invitations, secrets, workspaces
from tests import factories
from triggers.models import Event
from triggers.services import matching

CANARY = "canary-c4n4ry"
PAGES = ["core/workspace", "core/apikey", "core/secret", "triggers/event", "triggers/trigger", "triggers/firing"]


@pytest.fixture
def operator(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.fixture
def rows(workspace: Workspace) -> dict[str, str]:
    """One row of each kind: the path of its page in the admin."""
    key, _ = api_keys.issue(workspace, name="ci", role=Role.ADMIN)
    factories.published(workspace)
    event = factories.event(workspace, text="<script>alert(1)</script>")
    matching.match(event.pk)
    with tenancy.scope(workspace.pk):
        secret, _ = secrets.put(name="api_key", value=CANARY)
        [trigger] = event.firings.values_list("trigger", flat=True)
        [firing] = event.firings.values_list("pk", flat=True)
    found = [workspace.pk, key.pk, secret.pk, event.pk, trigger, firing]
    return {page: f"/admin/{page}/{pk}/change/" for page, pk in zip(PAGES, found, strict=True)}


@pytest.mark.parametrize("page", PAGES)
def test_an_operator_sees_the_rows_of_all_workspaces(operator: Client, rows: dict[str, str], page: str) -> None:
    listed, shown, found = (
        operator.get(f"/admin/{page}/"),
        operator.get(rows[page]),
        operator.get(f"/admin/{page}/?q=x"),
    )

    assert (listed.status_code, shown.status_code, found.status_code) == (200, 200, 200)


@pytest.mark.parametrize("page", PAGES)
def test_nobody_else_sees_them(client: Client, rows: dict[str, str], page: str) -> None:
    client.force_login(factories.UserFactory.create())

    for path in (f"/admin/{page}/", rows[page]):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/")


def test_no_page_shows_a_secret_or_the_hash_of_a_key(
    operator: Client, rows: dict[str, str], workspace: Workspace
) -> None:
    with tenancy.scope(workspace.pk):
        hidden = [*Secret.objects.values_list("token", flat=True), *ApiKey.objects.values_list("key_hash", flat=True)]

    for page, path in rows.items():
        text = operator.get(path).content.decode() + operator.get(f"/admin/{page}/").content.decode()
        assert CANARY not in text
        assert not any(each in text for each in hidden)


def test_what_strangers_wrote_is_escaped(operator: Client, rows: dict[str, str]) -> None:
    text = operator.get(rows["triggers/event"]).content.decode()

    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


@pytest.mark.parametrize("page", ["triggers/event", "triggers/trigger", "triggers/firing", "core/secret"])
def test_history_is_not_edited(operator: Client, rows: dict[str, str], page: str) -> None:
    assert operator.post(rows[page], {"type": "x"}).status_code == 403
    assert operator.get(f"/admin/{page}/add/").status_code == 403


def test_history_is_not_deleted(operator: Client, rows: dict[str, str], workspace: Workspace) -> None:
    answer = operator.post(rows["triggers/event"].replace("change", "delete"), {"post": "yes"})

    assert answer.status_code == 403
    with tenancy.scope(workspace.pk):
        assert Event.objects.count() == 1


def test_an_operator_revokes_a_key(operator: Client, rows: dict[str, str], workspace: Workspace) -> None:
    form = {"name": "ci", "role": "viewer", "revoked_at_0": "2026-01-31", "revoked_at_1": "12:00:00"}
    with tenancy.scope(workspace.pk):
        sender = Actor(f"key {ApiKey.objects.get().prefix}")
        invitations.invite(email="eve@example.com", role=Role.ADMIN, by=sender)

    assert operator.post(rows["core/apikey"], form).status_code == 302

    with tenancy.scope(workspace.pk):
        assert (AuditEntry.objects.get(action="api_key.revoked").after or {})["invitations"] == 1
        assert list(ApiKey.objects.values_list("role", "revoked_at__year")) == [("viewer", 2026)]


def test_a_key_that_was_revoked_stays_so(operator: Client, rows: dict[str, str], workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk):
        ApiKey.objects.update(revoked_at="2026-01-31T12:00:00Z", expires_at="2026-02-01T12:00:00Z")
        before = ApiKey.objects.values().get()

    operator.post(rows["core/apikey"], {"name": "ci", "role": "admin", "revoked_at_0": "", "revoked_at_1": ""})

    with tenancy.scope(workspace.pk):
        assert ApiKey.objects.values().get() == before


def workspace_form(**changes: str) -> dict[str, str]:
    inline = {"members-TOTAL_FORMS": "0", "members-INITIAL_FORMS": "0"}
    return {
        "slug": "acme",
        "name": "Acme",
        "time_zone": "UTC",
        "settings": "{}",
        "variables": "{}",
        "weight": "1",
        **inline,
        **changes,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [("time_zone", "Mars/Base"), ("settings", "[]"), ("settings", ""), ("variables", "1"), ("settings", "{")],
)
def test_a_workspace_does_not_get_values_that_its_events_would_fail_at(
    operator: Client, rows: dict[str, str], workspace: Workspace, field: str, value: str
) -> None:
    answer = operator.post(rows["core/workspace"], workspace_form(**{field: value}))

    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    workspace.refresh_from_db()
    assert (workspace.time_zone, workspace.settings, workspace.variables) == ("UTC", {}, {})


def test_an_operator_sets_what_templates_see(operator: Client, rows: dict[str, str], workspace: Workspace) -> None:
    form = workspace_form(settings='{"owner_email": "ann@acme.example"}', time_zone="Europe/Amsterdam")

    assert operator.post(rows["core/workspace"], form).status_code == 302

    workspace.refresh_from_db()
    assert (workspace.settings, workspace.time_zone) == ({"owner_email": "ann@acme.example"}, "Europe/Amsterdam")


def test_an_operator_adds_a_member(operator: Client, rows: dict[str, str], workspace: Workspace) -> None:
    ann = factories.UserFactory.create()
    form = workspace_form(**{"members-TOTAL_FORMS": "1", "members-0-user": str(ann.pk), "members-0-role": "viewer"})

    assert operator.post(rows["core/workspace"], form).status_code == 302

    with tenancy.scope(workspace.pk):
        assert list(Membership.objects.values_list("user", "role")) == [(ann.pk, "viewer")]


def test_the_form_of_a_new_member_has_a_name_that_the_page_finds(operator: Client, rows: dict[str, str]) -> None:
    text = operator.get(rows["core/workspace"]).content.decode()

    assert 'id="id_members-TOTAL_FORMS"' in text


def said(answer: Any) -> str:
    """The one message of the page that the answer leads to."""
    [message] = answer.context["messages"]
    return str(message)


@pytest.mark.parametrize("way", ["page", "list"])
def test_a_secret_that_is_read_is_not_deleted(
    operator: Client, rows: dict[str, str], workspace: Workspace, way: str
) -> None:
    action = {"type": "log_event", "params": {"message": "{{ secrets.api_key }}"}}
    factories.published(workspace, factories.definition(action, name="Reads it"))
    with tenancy.scope(workspace.pk):
        unread, _ = secrets.put(name="unread", value="x")
        read = Secret.objects.get(name="api_key")

    def delete(*chosen: Secret) -> Any:
        if way == "page":
            path = f"/admin/core/secret/{chosen[-1].pk}/delete/"
            return operator.post(path, {"post": "yes"}, follow=True)
        form = {"action": "delete_selected", "_selected_action": [str(each.pk) for each in chosen], "post": "yes"}
        return operator.post("/admin/core/secret/", form, follow=True)

    refused = delete(unread, read)
    with tenancy.scope(workspace.pk):
        left = set(Secret.objects.values_list("name", flat=True))
        before = list(AuditEntry.objects.filter(action="secret.deleted"))
    delete(unread)

    assert said(refused).startswith(
        "The secret 'api_key' cannot be deleted while it is read by the workflows 'Reads it'."
    )
    assert (left >= {"api_key", "unread"}, before) == (True, [])
    assert not LogEntry.objects.filter(object_id=str(read.pk)).exists()
    with tenancy.scope(workspace.pk):
        assert not Secret.objects.filter(name="unread").exists()
        assert AuditEntry.objects.get(action="secret.deleted").actor == "user operator"


def test_who_is_removed_in_the_admin_loses_their_keys_and_the_last_admin_stays(
    operator: Client, rows: dict[str, str], workspace: Workspace
) -> None:
    ann, bob = (factories.UserFactory.create(username=each) for each in ("ann", "bob"))
    owner = workspaces.add_member(workspace, user=ann, role=Role.ADMIN)
    member = workspaces.add_member(workspace, user=bob, role=Role.EDITOR)
    _, key = api_keys.issue(workspace, name="bob's", role=Role.EDITOR, owner=bob)

    def save(**changes: str) -> Any:
        form = {"members-TOTAL_FORMS": "2", "members-INITIAL_FORMS": "2", **changes}
        for at, row in enumerate((owner, member)):
            form |= {f"members-{at}-{name}": str(getattr(row, name)) for name in ("id", "role")}
            form |= {f"members-{at}-workspace": str(workspace.pk), f"members-{at}-user": str(row.user_id)}
        return operator.post(rows["core/workspace"], workspace_form(**form), follow=True)

    refusal = save(**{"members-0-DELETE": "on", "members-1-DELETE": "on"})
    assert said(refusal).startswith("ann owns the workspace and cannot be removed")
    assert api_keys.recognise(key) is not None
    save(**{"members-1-DELETE": "on"})

    assert api_keys.recognise(key) is None
    with tenancy.scope(workspace.pk):
        assert list(Membership.objects.values_list("user__username", flat=True)) == ["ann"]
        assert ApiKey.objects.get(name="bob's").revoked_at is not None
        trail = AuditEntry.objects.filter(actor="user operator").order_by("id").values_list("action", flat=True)
        assert list(trail) == ["workspace.changed", "api_key.revoked", "member.removed"]


def test_what_an_operator_changes_of_a_workspace_is_audited_with_what_it_was(
    operator: Client, rows: dict[str, str], workspace: Workspace
) -> None:
    slug = workspace.slug

    operator.post(rows["core/workspace"], workspace_form(settings='{"a": 1}'))

    with tenancy.scope(workspace.pk):
        found = AuditEntry.objects.get(action="workspace.changed")
    assert (found.before, found.after) == (
        {"slug": slug, "name": workspace.name, "settings": {}},
        {"slug": "acme", "name": "Acme", "settings": {"a": 1}},
    )
