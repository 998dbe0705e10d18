from typing import Any

import pytest

from actions.base import ActionFailedError
from actions.models import Connection
from actions.services import connections, sealing
from core import secret_box, tenancy
from core.errors import ConflictError, InvalidError, NotFoundError
from core.models import Role, Workspace
from tests import factories
from workflows.services import workflows

pytestmark = pytest.mark.usefixtures("scope")
CANARY = "canary-c4n4ry-value"
SETTINGS = {"base_url": "https://api.example.com"}


def stored(name: str = "crm", **changes: Any) -> Connection:
    given = {"kind": "http_bearer", "settings_": SETTINGS, "secrets": {"token": CANARY}, **changes}
    return connections.create(name=name, **given)


def problems(error: InvalidError) -> list[tuple[str, str]]:
    return [(each.path, each.code) for each in error.problems]


def opener(told: set[str], role: Role = Role.ADMIN) -> connections.Opener:
    return connections.Opener(told.update, role=role)


def test_a_stored_connection_opens_and_its_secrets_are_told(scope: Workspace) -> None:
    row, told = stored(), set[str]()

    found = opener(told).open("crm", kinds=frozenset({"http_bearer"}))

    assert (found.id, found.settings.base_url, found.secrets.token) == (row.pk, "https://api.example.com", CANARY)
    assert told == {CANARY}
    assert CANARY not in Connection.objects.get().token
    assert CANARY not in repr(found)


def test_a_secret_that_was_pasted_with_blanks_is_told_as_it_is_sent(scope: Workspace) -> None:
    told: set[str] = set()
    connections.create(
        name="pasted",
        kind="http_bearer",
        settings_={"base_url": "https://api.example.com"},
        secrets={"token": " tok-4711\n"},
    )

    opened = opener(told).open("pasted", kinds=frozenset({"http_bearer"}))

    assert opened.secrets.token == "tok-4711"
    assert "tok-4711" in told


def test_opening_is_remembered_once_a_minute() -> None:
    stored()
    opener(set()).open("crm", kinds=frozenset({"http_bearer"}))
    first = Connection.objects.get().last_used_at

    opener(set()).open("crm", kinds=frozenset({"http_bearer"}))

    assert first is not None
    assert Connection.objects.get().last_used_at == first


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": "1crm"}, ("/name", "invalid_name")),
        ({"name": "a b"}, ("/name", "invalid_name")),
        ({"kind": "http_baerer"}, ("/kind", "unknown_kind")),
        ({"settings_": {}}, ("/settings/base_url", "missing")),
        ({"settings_": {**SETTINGS, "nope": 1}}, ("/settings/nope", "unknown_field")),
        ({"settings_": {"base_url": "ftp://x"}}, ("/settings/base_url", "invalid")),
        ({"settings_": {"base_url": "https://user:pw@x"}}, ("/settings/base_url", "invalid")),
        ({"settings_": {"base_url": "https://x/?a=1"}}, ("/settings/base_url", "invalid")),
        ({"secrets": {}}, ("/secrets/token", "missing")),
        ({"secrets": {"token": None}}, ("/secrets/token", "missing")),
        ({"secrets": {"token": ["canary-c4n4ry-value"]}}, ("/secrets/token", "invalid")),
        ({"secrets": {"token": CANARY, "tokn": CANARY}}, ("/secrets/tokn", "unknown_field")),
        ({"secrets": {"token": CANARY * 1000}}, ("/secrets/token", "invalid")),
    ],
    ids=repr,
)
def test_what_cannot_be_a_connection_is_refused_without_its_secrets(
    changes: dict[str, Any], problem: tuple[str, str]
) -> None:
    with pytest.raises(InvalidError) as raised:
        stored(**changes)

    assert problems(raised.value) == [problem]
    assert CANARY not in repr(raised.value.problems)
    assert not Connection.objects.exists()


def test_every_problem_is_said_at_once() -> None:
    with pytest.raises(InvalidError) as raised:
        connections.create(name="1", kind="http_bearer", settings_={}, secrets={})

    assert [path for path, _ in problems(raised.value)] == ["/name", "/settings/base_url", "/secrets/token"]


def test_a_name_is_taken_once_whatever_the_case() -> None:
    stored("crm")

    with pytest.raises(ConflictError):
        stored("CRM")

    assert Connection.objects.count() == 1


def test_secrets_that_are_left_out_keep_their_value() -> None:
    row = stored()

    connections.update(row, role=Role.ADMIN, settings_={**SETTINGS, "test_path": "/me"})

    kept = Connection.objects.get()
    assert (kept.role, kept.settings["test_path"]) == ("admin", "/me")
    assert sealing.unseal(kept) == {"token": CANARY}


def test_another_address_needs_the_secrets_again() -> None:
    row = stored()

    with pytest.raises(InvalidError) as raised:
        connections.update(row, settings_={"base_url": "https://evil.example.com"})
    unchanged = Connection.objects.get().settings
    connections.update(row, settings_={"base_url": "https://new.example.com"}, secrets={"token": "another-token"})

    assert problems(raised.value) == [("/secrets/token", "secret_needed")]
    assert unchanged == SETTINGS
    assert sealing.unseal(Connection.objects.get()) == {"token": "another-token"}


MAIL = {"host": "mail.example.com", "username": "ada", "from_address": "ada@example.com"}
DATABASE = {"host": "db.example.com", "database": "crm", "user": "reader"}


@pytest.mark.parametrize(
    ("kind", "settings_", "change"),
    [
        ("smtp", {**MAIL, "security": "tls"}, {"security": "none"}),
        ("postgres", {**DATABASE, "sslmode": "verify-full"}, {"sslmode": "disable"}),
    ],
)
def test_a_way_that_is_guarded_less_needs_the_secrets_again(
    kind: str, settings_: dict[str, Any], change: dict[str, Any]
) -> None:
    row = stored(kind=kind, settings_=settings_, secrets={"password": CANARY})

    with pytest.raises(InvalidError) as raised:
        connections.update(row, settings_={**settings_, **change})

    assert problems(raised.value) == [("/secrets/password", "secret_needed")]


def test_another_sender_is_no_other_address() -> None:
    row = stored(kind="smtp", settings_=MAIL, secrets={"password": CANARY})

    connections.update(row, settings_={**MAIL, "from_address": "eve@example.com"})

    assert sealing.unseal(Connection.objects.get()) == {"password": CANARY}


def test_another_address_forgets_the_tokens_of_the_old_one() -> None:
    given = {"token_url": "https://a.example.com/token", "client_id": "x", "grant": "client_credentials", **SETTINGS}
    row = stored(kind="oauth2", settings_=given, secrets={"client_secret": "old-secret", "access_token": CANARY})

    changed = {**given, "base_url": "https://b.example.com"}
    connections.update(row, settings_=changed, secrets={"client_secret": "new-secret"})

    assert sealing.unseal(Connection.objects.get()) == {"client_secret": "new-secret"}


def test_what_no_key_opens_any_more_can_be_stored_again(settings: Any) -> None:
    row = stored()
    settings.SEQUITUR_ENCRYPTION_KEYS = [secret_box.new_key()]

    with pytest.raises(ActionFailedError) as raised:
        opener(set()).open("crm", kinds=frozenset({"http_bearer"}))
    connections.update(row, secrets={"token": "new-token"})

    assert raised.value.code == "connection_unreadable"
    assert sealing.unseal(Connection.objects.get()) == {"token": "new-token"}


def test_a_token_does_not_open_for_another_connection() -> None:
    one, other = stored("one"), stored("other", secrets={"token": "other-token"})
    Connection.objects.filter(pk=other.pk).update(token=one.token)

    with pytest.raises(ActionFailedError) as raised:
        opener(set()).open("other", kinds=frozenset({"http_bearer"}))

    assert raised.value.code == "connection_unreadable"


@pytest.mark.parametrize(
    ("name", "kinds", "role", "code"),
    [
        ("crn", {"http_bearer"}, Role.ADMIN, "unknown_connection"),
        ("crm", {"http_basic"}, Role.ADMIN, "wrong_connection"),
        ("crm", {"http_bearer"}, Role.EDITOR, "connection_not_permitted"),
        (None, {"http_basic"}, Role.ADMIN, "unknown_connection"),
    ],
)
def test_a_connection_that_may_not_be_opened_is_refused(
    name: str | None, kinds: set[str], role: Role, code: str
) -> None:
    stored(role=Role.ADMIN)
    told: set[str] = set()

    with pytest.raises(ActionFailedError) as raised:
        opener(told, role).open(name, kinds=frozenset(kinds))

    assert (raised.value.code, raised.value.is_retryable, told) == (code, False, set())


def test_the_only_one_of_its_kind_needs_no_name() -> None:
    stored("one")

    found = opener(set()).open(None, kinds=frozenset({"http_bearer"}))
    stored("two")
    with pytest.raises(ActionFailedError, match="several"):
        opener(set()).open(None, kinds=frozenset({"http_bearer"}))

    assert found.name == "one"


def test_a_connection_of_another_workspace_is_not_there(other_workspace: Workspace) -> None:
    row = stored()

    with tenancy.scope(other_workspace.pk), pytest.raises(NotFoundError):
        connections.find(str(row.pk))
    with tenancy.scope(other_workspace.pk), pytest.raises(NotFoundError):
        connections.find("crm")


@pytest.mark.parametrize("where", ["action", "undo", "nested"])
def test_what_an_active_workflow_names_is_neither_deleted_nor_renamed(scope: Workspace, where: str) -> None:
    row = stored()
    using = {"type": "test_connected", "params": {"connection": "crm"}}
    actions: dict[str, Any] = {
        "action": using,
        "undo": {**factories.log_event("x"), "undo": using},
        "nested": {"type": "loop", "for_each": {"items": [1]}, "params": {"actions": [using]}},
    }[where]
    workflow = factories.published(scope, factories.definition(actions))

    for change in (lambda: connections.delete(row), lambda: connections.update(row, name="other")):
        with pytest.raises(ConflictError, match="the workflow 'Greet'"):
            change()
    workflows.pause(workflow)
    connections.update(row, name="other")
    connections.delete(row)

    assert not Connection.objects.exists()
