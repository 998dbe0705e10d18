import pytest
from django.db import connection
from pytest_django import Settings

from core import secret_box, tenancy
from core.errors import ConflictError, InvalidError
from core.models import Secret, Workspace
from core.secret_box import UnreadableSecretError
from core.services import secrets
from tests import races

WEBHOOKS = "webhook_signing_secret"  # every workspace has it


@pytest.mark.parametrize(
    "value", ["x", " ", "ünï😀", "\n", "a" * 65536, "{{ not.a.template }}"], ids=lambda value: repr(value)[:20]
)
def test_what_is_put_is_revealed(scope: Workspace, value: str) -> None:
    secrets.put(name="api_key", value=value)

    assert secrets.reveal(["api_key"]) == {"api_key": value}


def test_putting_again_replaces_the_value_and_keeps_the_row(scope: Workspace) -> None:
    first, was_created = secrets.put(name="api_key", value="old")

    second, is_created = secrets.put(name="api_key", value="new")

    assert (was_created, is_created, second.pk) == (True, False, first.pk)
    assert secrets.reveal(["api_key"]) == {"api_key": "new"}


def test_putting_the_same_twice_leaves_one_row_that_reads_the_same(scope: Workspace) -> None:
    for _ in range(2):
        secrets.put(name="api_key", value="x")

    assert Secret.objects.filter(name="api_key").count() == 1
    assert secrets.reveal(["api_key"]) == {"api_key": "x"}


@pytest.mark.parametrize(
    ("name", "value", "paths"),
    [
        ("a-b", "x", ["/name"]),
        ("a", "", ["/value"]),
        ("a", "x" * 65537, ["/value"]),
        ("", "", ["/name", "/value"]),
        ("a\0b", "x", ["/name"]),
    ],
)
def test_a_secret_that_cannot_be_one_is_not_stored(scope: Workspace, name: str, value: str, paths: list[str]) -> None:
    with pytest.raises(InvalidError, match="The secret was not stored") as raised:
        secrets.put(name=name, value=value)

    assert [problem.path for problem in raised.value.problems] == paths
    assert secrets.names() == {WEBHOOKS}


def test_a_name_that_differs_in_case_only_is_refused_and_the_transaction_goes_on(scope: Workspace) -> None:
    secrets.put(name="API_KEY", value="first")

    with pytest.raises(ConflictError, match="'api_key'"):
        secrets.put(name="api_key", value="second")

    assert secrets.names() == {WEBHOOKS, "API_KEY"}
    assert secrets.reveal(["API_KEY", "api_key"]) == {"API_KEY": "first"}


def test_only_what_is_wanted_and_exists_is_revealed(scope: Workspace) -> None:
    secrets.put(name="one", value="1")
    secrets.put(name="two", value="2")

    assert secrets.reveal(["one", "three", "one"]) == {"one": "1"}
    assert secrets.reveal([]) == {}


def test_secrets_of_another_workspace_are_neither_named_nor_revealed(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    with tenancy.scope(other_workspace.pk):
        secrets.put(name="theirs", value="x")

    with tenancy.scope(workspace.pk):
        assert secrets.names() == {WEBHOOKS}
        assert secrets.reveal(["theirs"]) == {}


def test_without_a_scope_nothing_is_put_or_revealed(workspace: Workspace) -> None:
    with pytest.raises(tenancy.NoScopeError):
        secrets.put(name="api_key", value="x")
    with pytest.raises(tenancy.NoScopeError):
        secrets.reveal(["api_key"])


def test_a_token_copied_into_another_workspace_does_not_open_there(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    with tenancy.scope(workspace.pk):
        row, _ = secrets.put(name="api_key", value="ours")
    with tenancy.scope(other_workspace.pk):
        secrets.put(name="api_key", value="theirs")
        Secret.objects.filter(name="api_key").update(token=row.token)

        with pytest.raises(UnreadableSecretError, match="in another workspace"):
            secrets.reveal(["api_key"])


def test_a_secret_renamed_behind_our_back_does_not_open(scope: Workspace) -> None:
    secrets.put(name="api_key", value="x")
    Secret.objects.filter(name="api_key").update(name="other")

    with pytest.raises(UnreadableSecretError, match="under another name"):
        secrets.reveal(["other"])


def test_secrets_stay_readable_when_a_newer_key_is_put_before(scope: Workspace, settings: Settings) -> None:
    secrets.put(name="old", value="1")
    settings.SEQUITUR_ENCRYPTION_KEYS = [secret_box.new_key(), *settings.SEQUITUR_ENCRYPTION_KEYS]
    secrets.put(name="new", value="2")

    assert secrets.reveal(["old", "new"]) == {"old": "1", "new": "2"}


def test_the_value_stands_nowhere_in_the_row(scope: Workspace) -> None:
    secrets.put(name="api_key", value="canary-c4n4ry")

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(core_secret)::text FROM core_secret")
        rows = str(cursor.fetchall())

    assert "c4n4ry" not in rows


@pytest.mark.django_db(transaction=True)
def test_many_who_put_one_name_at_once_leave_one_of_their_values(workspace: Workspace) -> None:
    def put(number: int) -> bool:
        with tenancy.scope(workspace.pk):
            return secrets.put(name="api_key", value=str(number))[1]

    created = races.at_once(put, threads=10)

    assert created.count(True) == 1
    with tenancy.scope(workspace.pk):
        assert secrets.reveal(["api_key"])["api_key"] in {str(number) for number in range(10)}
