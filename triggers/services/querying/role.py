"""What queries over events need in the database: a view, how it knows the workspace, and the role that may read it.

Constraints, and the design that follows:

1. Whoever gets past the check of the SQL can call `set_config`, so no setting may decide whose rows are seen. The
   setting that names the workspace is sealed: `bound()` takes it only with a digest over a text that neither the role
   nor the setting knows (the construction is HMAC's, RFC 2104, with SHA-256).
2. The role is the whole server's, the rest is each database's own, so the role is made once and never changed here.
3. A managed PostgreSQL may let the product make schemas and views, but no roles. What cannot be done is said, and the
   rest is done: `manage.py query_role` prints all of it for somebody who may.
4. Functions that do something besides (sleep, notify, cancel) may be executed by everybody, and no role can be left
   out of everybody. Where the product may, it takes them from everybody, and gives them to the role of tenants. Those
   that the product needs itself, `set_config` and advisory locks, stay: a session has them for three seconds at most.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import psycopg
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from core import tenancy
from core.row_security import following
from triggers.engine.sql.checking import SCHEMA
from triggers.models import Event

CONNECTIONS = 4
TIMEOUT_SECONDS = 3
MAX_ROW_BYTES = 1024 * 1024

_VIEW, _RIGHTS, _OPTIONAL = "the view", "its rights", "what nobody needs"
_PRIVILEGED = (psycopg.errors.InsufficientPrivilege,)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`made`: whether anything was done; `refused`: what the product may not do itself, as PostgreSQL says it."""

    made: bool = False
    refused: tuple[str, ...] = ()


def name() -> str:
    """The role that `SEQUITUR_QUERY_DATABASE_URL` logs in as; "" when queries are not enabled."""
    return str(conninfo_to_dict(settings.SEQUITUR_QUERY_DATABASE_URL).get("user") or "")


def steps() -> list[tuple[str, sql.Composed]]:
    """What there has to be, in order, each with a word for it. Safe to repeat."""
    connection.ensure_connection()
    role, table = sql.Identifier(name()), sql.Identifier(Event._meta.db_table)  # noqa: SLF001  documented by Django
    given = {"role": role, "schema": sql.Identifier(SCHEMA), "table": table, "name": sql.Literal(name())}
    given |= {"password": _password(), "most": sql.Literal(MAX_ROW_BYTES), "connections": sql.Literal(CONNECTIONS)}
    given |= {"tenants": sql.Literal(following.role_of(_database()))}
    given |= {"milliseconds": sql.Literal(TIMEOUT_SECONDS * 1000)}
    return [(word, sql.SQL(text).format(**given)) for word, text in _STEPS]


def text() -> str:
    """All of it, for `psql`, and for somebody who may more; what the product makes is the product's all the same."""
    given = {"login": sql.Identifier(connection.settings_dict["USER"]), "name": sql.Identifier(_database())}
    frames = {
        _VIEW: ("GRANT CREATE ON DATABASE {name} TO {login};\nSET ROLE {login};\n", "\nRESET ROLE;"),
        _RIGHTS: ("SET ROLE {login};\n", "\nRESET ROLE;"),
    }
    parts = []
    for word, step in steps():
        before, after = frames.get(word, ("", ""))
        whole = sql.SQL(before).format(**given) + step + sql.SQL(after)
        parts.append(f"-- {word}\n{whole.as_string(connection.connection).strip()}\n")
    return "\n".join(parts)


def _database() -> str:
    return str(connection.settings_dict["NAME"])


def apply(*, again: bool = False) -> Outcome:
    """Do what is missing; with `again` all of it. Nothing happens where nothing is missing, or queries are not enabled.

    Concurrency: of two at once, the second waits, and finds nothing to do.
    """
    if not name():
        return Outcome()
    with tenancy.unscoped("the view is of all workspaces"):
        if not again and _is_complete():
            return Outcome()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('sequitur queries', 0))")
            if not again and _is_complete():
                return Outcome()
            refused = {word: said for word, step in steps() if (said := _done(cursor, word, step))}
            if refused.keys() <= {_OPTIONAL}:
                mark = sql.SQL("COMMENT ON SCHEMA {} IS {}")
                _done(cursor, "", mark.format(sql.Identifier(SCHEMA), sql.Literal(_digest(cursor))))
    return Outcome(made=True, refused=tuple(refused.values()))


def give_way() -> None:
    """Drop the view before migrations, which may change the columns it reads; `apply` makes it again."""
    with tenancy.unscoped("the view is of all workspaces"), connection.cursor() as cursor:
        _done(cursor, "", sql.SQL("DROP VIEW IF EXISTS {}.events").format(sql.Identifier(SCHEMA)))


def _done(cursor: Any, word: str, step: sql.Composed) -> str:
    """Why it was not; empty where it was."""
    try:
        with transaction.atomic():
            cursor.execute(step)
    except DatabaseError as error:
        if not isinstance(error.__cause__, _PRIVILEGED):
            raise
        return f"{word}: {error.__cause__.diag.message_primary}"
    return ""


def _is_complete() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_FIND, {"schema": SCHEMA, "view": f"{SCHEMA}.events", "role": name(), "digest": _digest(cursor)})
        return bool(cursor.fetchone()[0])


def _digest(cursor: Any) -> str:
    """Of what was made, and of whether the role of tenants was there to be given anything."""
    cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [following.role_of(_database())])
    [has_tenants] = cursor.fetchone()
    return hashlib.sha256("".join([*(text for _, text in _STEPS), str(has_tenants)]).encode()).hexdigest()


def _password() -> sql.Composable:
    """As the server keeps it, so that no log has it in clear."""
    password = conninfo_to_dict(settings.SEQUITUR_QUERY_DATABASE_URL).get("password")
    if not password:
        return sql.SQL("NULL")
    link = connection.connection.pgconn
    sealed = link.encrypt_password(str(password).encode(), name().encode(), b"scram-sha-256")
    return sql.Literal(sealed.decode())


_FIND = """
SELECT to_regclass(%(view)s) IS NOT NULL
    AND obj_description(to_regnamespace(%(schema)s), 'pg_namespace') = %(digest)s
    AND EXISTS (SELECT FROM pg_roles WHERE rolname = %(role)s)
    AND coalesce((
        SELECT has_table_privilege(r.oid, to_regclass(%(view)s), 'SELECT') FROM pg_roles r WHERE rolname = %(role)s
    ), FALSE)
"""
_MAKE_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name}) THEN
        CREATE ROLE {role} LOGIN PASSWORD {password} NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION
            NOBYPASSRLS CONNECTION LIMIT {connections};
        ALTER ROLE {role} SET default_transaction_read_only = on;
        ALTER ROLE {role} SET statement_timeout = {milliseconds};
        ALTER ROLE {role} SET lock_timeout = 100;
        ALTER ROLE {role} SET idle_in_transaction_session_timeout = 10000;
        ALTER ROLE {role} SET work_mem = '16MB';
        ALTER ROLE {role} SET max_parallel_workers_per_gather = 0;
        ALTER ROLE {role} SET search_path = pg_catalog;
        IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            ALTER ROLE {role} SET temp_file_limit = '64MB';
        END IF;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- made for another database at this moment
END $$;
"""
_MAKE_VIEW = """
CREATE SCHEMA IF NOT EXISTS {schema};
REVOKE ALL ON SCHEMA {schema} FROM PUBLIC;
CREATE TABLE IF NOT EXISTS {schema}.seal (secret bytea NOT NULL);
REVOKE ALL ON {schema}.seal FROM PUBLIC;
INSERT INTO {schema}.seal
    SELECT sha256(convert_to(string_agg(gen_random_uuid()::text, ''), 'UTF8')) FROM generate_series(1, 8)
    HAVING NOT EXISTS (SELECT FROM {schema}.seal);
CREATE OR REPLACE FUNCTION {schema}.digest(workspace text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(sha256(s.outside || sha256(s.inside || convert_to(workspace, 'UTF8'))), 'hex')
    FROM (SELECT convert_to('outside', 'UTF8') || secret, convert_to('inside', 'UTF8') || secret FROM {schema}.seal)
        AS s(outside, inside)
$$;
CREATE OR REPLACE FUNCTION {schema}.sealed(workspace uuid) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT workspace || ' ' || {schema}.digest(workspace::text)
$$;
CREATE OR REPLACE FUNCTION {schema}.bound() RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN split_part(named, ' ', 2) = {schema}.digest(split_part(named, ' ', 1))
        THEN split_part(named, ' ', 1)::uuid END
    FROM current_setting('sequitur.query', true) AS named
$$;
CREATE OR REPLACE FUNCTION {schema}.first_id() RETURNS uuid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(nullif(current_setting('sequitur.query_first', true), ''), repeat('0', 32))::uuid
$$;
CREATE OR REPLACE FUNCTION {schema}.fits(bytes integer) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF bytes > {most} THEN
        RAISE program_limit_exceeded USING
            MESSAGE = 'a row of the answer has more than {most} bytes; select less of it';
    END IF;
    RETURN TRUE;
END
$$;
CREATE OR REPLACE VIEW {schema}.events WITH (security_barrier) AS
    SELECT event_id AS id, type, source, subject, "time", received_at, data FROM {table}
    WHERE workspace_id = (SELECT {schema}.bound()) AND id >= (SELECT {schema}.first_id());
REVOKE ALL ON {schema}.events FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {schema} FROM PUBLIC;
"""
_GRANT = """
GRANT USAGE ON SCHEMA {schema} TO {role};
GRANT SELECT ON {schema}.events TO {role};
GRANT EXECUTE ON FUNCTION {schema}.bound(), {schema}.first_id(), {schema}.fits(integer) TO {role};
"""
# Of functions that are not there, in one version of PostgreSQL or another, nothing is taken.
_TAKE = """
DO $$ DECLARE found regprocedure; BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        RAISE insufficient_privilege USING MESSAGE = 'only a superuser takes functions of PostgreSQL from everybody';
    END IF;
    FOR found IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace
            AND (proname ~ '^(pg_sleep|pg_notify|lo_|loread|lowrite|pg_logical_emit_message|pg_export_snapshot)'
                OR proname ~ '^(pg_cancel_backend|pg_terminate_backend|pg_stat_get_activity|pg_stat_get_backend)'
                OR proname ~ '^(query|table|cursor|schema|database)_to_xml'
                OR proname ~ '^(pg_current_xact_id|txid_current)$')
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', found);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = {tenants}) THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', found, {tenants});
        END IF;
    END LOOP;
END $$;
"""
_STEPS = (("the role", _MAKE_ROLE), (_VIEW, _MAKE_VIEW), (_RIGHTS, _GRANT), (_OPTIONAL, _TAKE))
