"""The second wall: SQL that forgets the workspace meets the rows of the scope, of every table, and of no other."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from core import tenancy
from core.ids import new_id
from core.models import Role, Workspace
from core.row_security import policies
from core.services import workspaces
from tests import factories
from tests.test_admin import history

__all__ = ("history",)  # a row of every model, all of one workspace

pytestmark = pytest.mark.django_db


def tables() -> list[str]:
    return sorted({model._meta.db_table for model in policies.tenant_models()})


def counts(of: str = "") -> dict[str, int]:
    """How many rows each table shows; `of`: of this workspace."""
    where = "WHERE workspace_id = %(of)s" if of else ""
    parts = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table} {where}" for table in tables())
    with connection.cursor() as cursor:
        cursor.execute(parts, {"of": of})
        return dict(cursor.fetchall())


def outcome(statement: str, parameters: list[Any]) -> str:
    """The SQLSTATE with which PostgreSQL refuses it, or how many rows it wrote, before they are put back."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            transaction.set_rollback(True)
            return str(cursor.rowcount)
    except DatabaseError as error:
        return str(getattr(error.__cause__, "sqlstate", error))


def outcomes(statement: str, *parameters: Any) -> set[str]:
    """Of the same statement on every table."""
    return {outcome(statement.format(table), list(parameters)) for table in tables()}


@pytest.fixture(autouse=True)
def member(history: None, workspace: Workspace) -> None:
    workspaces.add_member(workspace, user=factories.UserFactory.create(), role=Role.VIEWER)


def test_sql_without_a_condition_sees_the_rows_of_the_scope(
    workspace: Workspace, other_workspace: Workspace, settings: Settings
) -> None:
    with tenancy.unscoped("the test counts every row"):
        everything, own = counts(), counts(str(workspace.pk))
    with tenancy.scope(workspace.pk):
        seen = counts()
    with tenancy.scope(other_workspace.pk):
        seen_by_others, of_others = counts(), counts(str(workspace.pk))

    assert [table for table, number in seen.items() if not number] == []
    assert seen == own
    assert {table: number + seen_by_others[table] for table, number in seen.items()} == everything
    assert set(of_others.values()) == {0}
    settings.SEQUITUR_ROW_SECURITY = "strict"
    assert set(counts().values()) == {0}  # outside of scopes


def test_sql_writes_no_row_of_another_workspace(workspace: Workspace, settings: Settings) -> None:
    insert = "INSERT INTO {0} SELECT * FROM jsonb_populate_record(NULL::{0}, %s)"
    with tenancy.unscoped("the test looks at every row"), connection.cursor() as cursor:
        before, rows = counts(), {}
        for table in tables():
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t WHERE workspace_id = %s LIMIT 1", [workspace.pk])
            rows[table] = cursor.fetchone()[0]

    with tenancy.scope(new_id()):
        changed, deleted = outcomes("UPDATE {} SET id = id"), outcomes("DELETE FROM {}")
        added = {outcome(insert.format(table), [row]) for table, row in rows.items()}
    settings.SEQUITUR_ROW_SECURITY = "strict"
    of_nobody = {outcome(insert.format(table), [row]) for table, row in rows.items()}
    with tenancy.scope(workspace.pk):
        moved = outcomes("UPDATE {} SET workspace_id = %s", new_id())

    assert (changed, deleted) == ({"0"}, {"0"})
    assert (added, of_nobody, moved) == ({"42501"}, {"42501"}, {"42501"})
    with tenancy.unscoped("the test counts every row"):
        assert counts() == before


def test_a_reference_is_checked_whosever_row_it_names(workspace: Workspace) -> None:
    """PostgreSQL checks foreign keys with the rights of the table's owner, so what is not there still fails."""
    statements = "UPDATE workflows_run SET workflow_id = gen_random_uuid(); SET CONSTRAINTS ALL IMMEDIATE"

    with tenancy.scope(workspace.pk):
        assert outcome(statements, []) == "23503"


def copied(table: str) -> int:
    """How many rows a copy of the table has."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as rows:
        return sum(bytes(each).count(b"\n") for each in rows)


def test_a_copy_has_the_rows_of_the_scope_and_none_is_copied_in(workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk):
        own = counts()
        shown = {table: copied(table) for table in tables()}
        refused = outcomes("COPY {} FROM STDIN")
    with tenancy.scope(new_id()):
        of_others = {copied(table) for table in tables()}

    assert (shown, of_others, refused) == (own, {0}, {"0A000"})
