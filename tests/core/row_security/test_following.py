"""The session follows the scope, whatever undoes what it was told, with one statement for each change."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock
from uuid import UUID

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, IntegrityError, connection, transaction
from pytest_django import Settings

from core import prepared, tenancy
from core.ids import new_id
from core.models import Secret, Workspace
from core.row_security import following
from tests import races

A, B = UUID(int=1), UUID(int=2)


def told() -> str:
    """What the session believes, asked of the server, with its role."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('application_name'), current_user = session_user")
        name, is_owner = cursor.fetchone()
    assert is_owner == (name == "sequitur:*")
    return str(name)


def fail(*_: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def fail_unseen() -> None:
    """Django does not know that the transaction has failed; the next statement says so."""
    with contextlib.suppress(psycopg.Error):
        connection.connection.execute("SELECT 1 / 0")
    with tenancy.scope(B):
        told()


def point_nowhere() -> None:
    with tenancy.unscoped("the test"), connection.cursor() as cursor:
        cursor.execute("UPDATE core_secret SET workspace_id = gen_random_uuid()")


@pytest.fixture
def strict(settings: Settings) -> None:
    settings.SEQUITUR_ROW_SECURITY = "strict"


@contextmanager
def sent() -> Iterator[list[bytes]]:
    """What following sends meanwhile."""
    plain, found = following._statement, []

    def note(*args: object) -> bytes:
        found.append(plain(*args))  # type: ignore[arg-type]  # handed on
        return found[-1]

    with mock.patch.object(following, "_statement", note):
        yield found


@pytest.mark.django_db
def test_outside_of_scopes_the_mode_says_what_is_seen(settings: Settings) -> None:
    everything = told()
    settings.SEQUITUR_ROW_SECURITY = "strict"

    assert (everything, told()) == ("sequitur:*", "sequitur:")


@pytest.mark.usefixtures("strict")
@pytest.mark.django_db
def test_a_change_of_scope_costs_one_statement_and_staying_in_it_none() -> None:
    told()
    with sent() as statements, tenancy.scope(A):
        names = [told(), told()]
        with tenancy.scope(B), tenancy.scope(A):
            names.append(told())
        with tenancy.unscoped("the test"):
            names += [told(), told()]
        names.append(told())

    assert names == [f"sequitur:{A}", f"sequitur:{A}", f"sequitur:{A}", "sequitur:*", "sequitur:*", f"sequitur:{A}"]
    assert [each.rpartition(b"'sequitur:")[2] for each in statements] == [
        f"{A}'".encode(), b"*'", f"{A}'".encode()
    ]  # fmt: skip


@pytest.mark.django_db
def test_what_a_savepoint_or_an_error_undoes_is_told_again() -> None:
    with tenancy.scope(A):
        told()
        with tenancy.scope(B):
            savepoint = transaction.savepoint()
            assert told() == f"sequitur:{B}"
        transaction.savepoint_rollback(savepoint)  # takes the session back to A
        with tenancy.scope(B):
            assert told() == f"sequitur:{B}"
            with pytest.raises(DatabaseError), transaction.atomic(), tenancy.unscoped("the test"):
                fail(told())
            assert told() == f"sequitur:{B}"


@pytest.mark.django_db(transaction=True)
def test_what_a_rollback_a_failed_commit_or_a_new_connection_undoes_is_told_again(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    def theirs() -> list[str]:
        return [str(workspace_id) for (workspace_id,) in prepared.fetch("SELECT workspace_id FROM core_secret", {})]

    with tenancy.scope(workspace.pk):
        assert theirs() == [str(workspace.pk)]
    with tenancy.scope(other_workspace.pk):
        with pytest.raises(DatabaseError), transaction.atomic():
            fail(*theirs())
        assert theirs() == [str(other_workspace.pk)]
    with tenancy.scope(workspace.pk):
        with pytest.raises(IntegrityError), transaction.atomic():  # by the COMMIT, where references are checked
            point_nowhere()
        assert theirs() == [str(workspace.pk)]
        connection.close()
        assert theirs() == [str(workspace.pk)]
        with transaction.atomic():
            connection.set_rollback(True)
            with tenancy.unscoped("the test"):
                assert len(theirs()) == 2
        assert theirs() == [str(workspace.pk)]


@pytest.mark.django_db(transaction=True)
def test_a_cursor_of_the_server_shows_the_rows_of_its_scope(workspace: Workspace, other_workspace: Workspace) -> None:
    with tenancy.unscoped("the test"):
        rows = Secret.objects.order_by("name")
        assert len(list(rows.iterator(chunk_size=1))) == 2
    with tenancy.scope(workspace.pk):
        assert [row.workspace_id for row in rows.iterator(chunk_size=1)] == [workspace.pk]
        with transaction.atomic():
            assert [row.workspace_id for row in rows.iterator(chunk_size=1)] == [workspace.pk]
    with tenancy.scope(new_id()):
        assert list(rows.iterator()) == []


@pytest.mark.django_db(transaction=True)
def test_copy_and_many_statements_at_once_are_sent_in_the_scope(workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk), connection.cursor() as cursor:
        with cursor.copy("COPY (SELECT workspace_id FROM core_secret) TO STDOUT") as copied:
            found = b"".join(copied).decode().split()
        cursor.executemany("UPDATE core_secret SET name = %s", [["a"], ["b"]])

        assert (found, cursor.rowcount) == ([str(workspace.pk)], 2)
        with connection.cursor() as other:
            other.execute("SELECT name FROM core_secret")
            assert other.fetchall() == [("b",)]


@pytest.mark.usefixtures("strict")
@pytest.mark.django_db(transaction=True)
def test_threads_have_scopes_and_sessions_of_their_own(workspace: Workspace) -> None:
    def ask(number: int) -> list[str]:
        before = told()
        with tenancy.scope(UUID(int=number)):
            return [before, told()]

    with tenancy.scope(workspace.pk):
        answers = races.at_once(ask, threads=2)
        assert told() == f"sequitur:{workspace.pk}"

    assert answers == [["sequitur:", f"sequitur:{UUID(int=number)}"] for number in range(2)]


@pytest.mark.django_db
def test_a_transaction_that_has_failed_says_so_itself() -> None:
    with pytest.raises(DatabaseError, match="division"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    with pytest.raises(DatabaseError, match="aborted"), transaction.atomic(), tenancy.scope(A):
        fail_unseen()


@pytest.mark.django_db
def test_without_the_role_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "role_of", lambda database: "no such role")

    words = r"'no such role' cannot be taken on: .*row_security --apply"
    with pytest.raises(ImproperlyConfigured, match=words), transaction.atomic(), tenancy.scope(new_id()):
        told()


def test_a_role_fits_into_a_name_of_postgresql() -> None:
    assert following.role_of("sequitur") == "sequitur_tenants"
    assert len(following.role_of("é" * 60).encode()) <= following.MAX_ROLE_BYTES
