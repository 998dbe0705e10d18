"""The policies of the tables of tenants: which there have to be, which are missing, and how they are made.

They follow the models: a table is a tenant's if its model starts queries from the scope (`tenancy.ScopedManager`) and
has a `workspace`, whosever app it is of. Nothing has to be written down for a new one.

What the column is compared with is a subquery without a reference to the row, so PostgreSQL evaluates it once for a
statement. The comparison is written as one of numbers, `(...)::int <> 0`, for two reasons. It is no index condition:
every statement has the indexes that it has without the wall, and one by id cannot end up, with the plan made while the
table was small, in an index by workspace. And the planner takes it to hold for nearly all rows, which is so: statements
name the workspace already. Of an equality it believes that it holds for one workspace in so many, once for every table
of a join; a list then seems to need most of the history to fill its first page, and reads it. What is not known,
outside scopes, is NULL, and no row.
Source: "Row Security Policies" and "Rules and Privileges" in PostgreSQL's manual.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from psycopg import sql

from core import tenancy
from core.models import Workspace
from core.row_security import following

POLICY = "sequitur_own_rows"
FORMER = "sequitur_tenant"  # of the first release with the wall; policies add up, so it has to go
# What stands after the prefix of the session's name, or NULL: outside scopes, and in sessions that are not ours.
_CURRENT = f"(SELECT nullif(substr(current_setting('application_name'), {len(following.PREFIX) + 1}), '')::uuid)"
_OWN_ROWS = f"(workspace_id = {_CURRENT})::int <> 0"
# Who asks is found before there is a scope; inside one, the others are not there.
_OWN_WORKSPACE = f"coalesce(id = {_CURRENT}, TRUE)::int <> 0"


@dataclass(frozen=True, slots=True)
class Wall:
    """A table and the condition under which tenants see, and write, its rows."""

    table: str
    condition: str


def walls() -> list[Wall]:
    """What there has to be, by the models: the tables of tenants and of workspaces themselves."""
    return [
        Wall(Workspace._meta.db_table, _OWN_WORKSPACE),  # noqa: SLF001  documented by Django
        *(Wall(model._meta.db_table, _OWN_ROWS) for model in tenant_models()),  # noqa: SLF001  as above
    ]


def tenant_models() -> Iterator[type[models.Model]]:
    """All models whose rows belong to a workspace and are queried in its scope."""
    for model in apps.get_models():
        options = model._meta  # noqa: SLF001  documented by Django
        if options.managed and not options.proxy and isinstance(model._default_manager, tenancy.ScopedManager):  # noqa: SLF001  as above
            yield model


def unwalled() -> list[str]:
    """The tables whose rows belong to a workspace, and that no scope holds: of models of plugins with a `workspace` and
    another manager than `tenancy.ScopedManager`. They may be meant so, which nobody but their author knows."""
    walled = {wall.table for wall in walls()}
    return sorted({options.db_table for options in _of_managed() if _has_workspace(options)} - walled)


def _of_managed() -> Iterator[Any]:
    return (model._meta for model in apps.get_models() if model._meta.managed)  # noqa: SLF001  documented by Django


def _has_workspace(options: Any) -> bool:
    return any(each.name == "workspace" and each.related_model is Workspace for each in options.concrete_fields)


def missing() -> list[str]:
    """The tables that are open, and "role" when there is none, or it may not use all tables; [] when the wall stands.

    Tables that no migration has made yet are left out.
    """
    role = following.role_of(connection.settings_dict["NAME"])
    needed = {wall.table for wall in walls()}
    with tenancy.unscoped("the wall is looked at from outside"), connection.cursor() as cursor:
        cursor.execute(_FIND, {"role": role, "policy": POLICY, "tables": list(needed)})
        (has_role, is_granted, are_definers, open_tables) = cursor.fetchone()
    return [*(["role"] if not (has_role and is_granted and are_definers) else []), *open_tables]


def apply() -> list[str]:
    """Make what `missing` says; returns that. Nothing happens when nothing is missing.

    Concurrency: of two at once, the second waits, and finds nothing to do. Raises Django's `ProgrammingError` when the
    role has to be made and the one that logged in may not.
    """
    if not missing():
        return []
    with tenancy.unscoped("the wall is built from outside"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('sequitur row security', 0))")
        found = missing()
        if "role" in found:
            cursor.execute(_role(following.role_of(connection.settings_dict["NAME"])))
        for wall in walls():
            if wall.table in found:
                cursor.execute(_policy(wall))
    return found


def _policy(wall: Wall) -> sql.Composed:
    return sql.SQL(
        "DROP POLICY IF EXISTS {former} ON {table}; DROP POLICY IF EXISTS {policy} ON {table}; "
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; "
        "CREATE POLICY {policy} ON {table} USING ({condition})"
    ).format(
        former=sql.Identifier(FORMER),
        policy=sql.Identifier(POLICY),
        table=sql.Identifier(wall.table),
        condition=sql.SQL(wall.condition),  # one of the two above
    )


def _role(name: str) -> sql.Composed:
    """A role that nobody logs in with, which may read and write every row of every table, but for what policies say.

    What triggers at the end of a transaction do is not the scope's: that of the audit trail reads its last entry,
    whichever scope the transaction ends in. So its function acts with the rights of its owner.
    """
    return sql.SQL(_MAKE_ROLE).format(name=sql.Literal(name), role=sql.Identifier(name), schema=sql.SQL("public"))


_MAKE_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name}) THEN
        CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS;
        IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            GRANT {role} TO current_user;
        END IF;
    END IF;
END $$;
GRANT USAGE ON SCHEMA {schema} TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA {schema} TO {role};
ALTER FUNCTION core_audit_seal() SECURITY DEFINER;
"""
_FIND = """
SELECT
    EXISTS (SELECT FROM pg_roles WHERE rolname = %(role)s),
    NOT EXISTS (
        SELECT FROM pg_class c JOIN pg_roles r ON r.rolname = %(role)s
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
            AND NOT has_table_privilege(r.oid, c.oid, 'DELETE')  -- granted last, with the others
    ),
    (SELECT coalesce(bool_and(prosecdef), TRUE) FROM pg_proc WHERE proname = 'core_audit_seal'),
    ARRAY(
        SELECT relname::text FROM pg_class c
        WHERE relname = ANY(%(tables)s) AND relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
            AND NOT (relrowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND polname = %(policy)s))
        ORDER BY relname
    )
"""
