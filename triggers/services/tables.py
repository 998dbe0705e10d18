"""Let PostgreSQL itself watch a table: a row trigger that writes every change into `triggers_change`.

Beside it one for each statement, which keeps for its rows what the statement says of the run that sends it (`causes`).

It sees whatever happens to rows (SQL, COPY, other programs), in the transaction that does it; TRUNCATE it does not.
What differs between tables stands in the trigger's only argument, as JSON, so names are never made part of code. The
function acts with the rights of its owner: who may write the table need not be allowed anything of ours.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg import sql

from core import tenancy
from core.errors import InvalidError, NotFoundError
from core.models import Workspace
from triggers.engine import changes
from triggers.models import TableChange
from triggers.services import causes

TRIGGER = "sequitur_watch"
CAUSE_TRIGGER = "sequitur_watch_cause"
_TEXTS = frozenset({"text", "character varying", "character"})
_EXACT = frozenset({"numeric", "money"})  # told as text, like Django's decimals: as JSON numbers they would be rounded


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is found: its columns with their types, and the names of those of its primary key."""

    schema: str
    name: str
    columns: dict[str, str]
    key: tuple[str, ...]

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)


def find(name: str) -> Table:
    """The table with this name in the search path, or `schema.table`. Raises `NotFoundError`."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND, {"name": name})
        row = cursor.fetchone()
        if row is None:
            raise NotFoundError(f"There is no table {name!r}; write it as the database spells it, or schema.table.")
        oid, schema, table = row
        cursor.execute(_COLUMNS, [oid])
        columns = dict(cursor.fetchall())
        cursor.execute(_KEY, [oid])
        return Table(schema, table, columns, tuple(column for (column,) in cursor.fetchall()))


def watching(
    table: Table,
    *,
    name: str,
    fields: Sequence[str] | None,
    masked: Sequence[str],
    workspace: Workspace | None = None,
    workspace_column: str = "",
) -> str:
    """The SQL that lets the table be watched from now on; run again, it replaces what was said before.

    `workspace_column` holds the workspace's id (uuid) or slug (text); rows without one are not told.
    Raises `InvalidError` for what the table does not have.
    """
    for column in (*(fields or ()), *masked, *([workspace_column] if workspace is None else [])):
        if column not in table.columns:
            have = ", ".join(table.columns)
            raise InvalidError(f"{table.schema}.{table.name} has no column {column!r}; it has {have}.")
    if hidden := set(masked) & set(table.key):
        names = ", ".join(sorted(hidden))
        raise InvalidError(f"{names} is the primary key, which says which row it is: do not mask it.")
    if not changes.is_name(name):
        raise InvalidError(f"A row cannot be called {name!r}: write --name with letters, digits, _ and -.")
    config = {
        "name": name,
        "source": f"table/{table.schema}.{table.name}",
        "fields": None if fields is None else sorted({*fields, *masked}),
        "masked": sorted(set(masked)),
        "as_text": [column for column, kind in table.columns.items() if kind in _EXACT],
        "key": list(table.key),
        **_place(table, workspace, workspace_column),
    }
    return _text(
        sql.SQL(_FUNCTIONS).format(
            schema=_our_schema(), table=_ours(TableChange), workspaces=_ours(Workspace), comment=sql.Literal(_NAMED)
        ),
        sql.SQL(_INSTALL).format(
            trigger=sql.Identifier(TRIGGER),
            cause_trigger=sql.Identifier(CAUSE_TRIGGER),
            table=table.identifier,
            function=sql.SQL(".").join([_our_schema(), sql.Identifier("sequitur_note_change")]),
            config=sql.Literal(json.dumps(config, ensure_ascii=False)),
        ),
    )


def unwatching(table: Table) -> str:
    """The SQL that ends it; nothing happens to a table that is not watched."""
    drop = sql.SQL("DROP TRIGGER IF EXISTS {} ON {};")
    return _text(*(drop.format(sql.Identifier(each), table.identifier) for each in (TRIGGER, CAUSE_TRIGGER)))


def run(statements: str) -> None:
    """Run them, all or none, as the owner of the tables."""
    with tenancy.unscoped("operators alone watch tables"), connection.cursor() as cursor:
        cursor.execute(statements)


def _place(table: Table, workspace: Workspace | None, column: str) -> dict[str, Any]:
    if workspace is not None:
        return {"workspace": str(workspace.pk)}
    kind = table.columns[column]
    if kind != "uuid" and kind not in _TEXTS:
        raise InvalidError(f"The column {column!r} is of type {kind}; a workspace is its id (uuid) or slug (text).")
    return {"workspace_column": column, "has_slug": kind in _TEXTS}


def _our_schema() -> sql.Identifier:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nspname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = %s::regclass",
            [TableChange._meta.db_table],  # noqa: SLF001  documented by Django
        )
        return sql.Identifier(cursor.fetchone()[0])


def _ours(model: type[TableChange | Workspace]) -> sql.Composed:
    return sql.SQL(".").join([_our_schema(), sql.Identifier(model._meta.db_table)])  # noqa: SLF001  documented by Django


def _text(*parts: sql.Composed) -> str:
    connection.ensure_connection()
    return "\n".join(part.as_string(connection.connection) for part in parts)


_FIND = """
SELECT c.oid, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND (
    c.relname = %(name)s AND pg_table_is_visible(c.oid) OR n.nspname || '.' || c.relname = %(name)s
)
ORDER BY (c.relname = %(name)s) DESC LIMIT 1
"""
_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, NULL)
FROM pg_attribute a WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_KEY = """
SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
WHERE i.indrelid = %s AND i.indisprimary ORDER BY array_position(i.indkey::int2[], a.attnum)
"""

# The run and its event, at the end of the statement alone: what is before it may be anybody's values.
_NAMED = rf"/\*{causes.COMMENT}=([0-9a-f/-]{{73}})\*/\s*$"

_INSTALL = """
CREATE OR REPLACE TRIGGER {cause_trigger} BEFORE INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION {function}();
CREATE OR REPLACE TRIGGER {trigger} AFTER INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {function}({config});
"""

# What every watched table shares. `config` is the trigger's argument; jsonb tells apart what `=` of a column's own type
# might not even be defined for.
_FUNCTIONS = """
CREATE OR REPLACE FUNCTION {schema}.sequitur_shown(stored jsonb, config jsonb) RETURNS jsonb
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(jsonb_object_agg(key, CASE
        WHEN config->'masked' ? key THEN '"***"'
        WHEN config->'as_text' ? key AND value <> 'null' THEN to_jsonb(value #>> '{{}}')
        ELSE value END), '{{}}')
    FROM jsonb_each(stored) WHERE config->'fields' = 'null' OR config->'fields' ? key
$$;
CREATE OR REPLACE FUNCTION {schema}.sequitur_place(stored jsonb, config jsonb) RETURNS uuid
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN config ? 'workspace' THEN (config->>'workspace')::uuid
        WHEN (config->'has_slug')::boolean
            THEN (SELECT id FROM {workspaces} WHERE slug = stored->>(config->>'workspace_column'))
        ELSE (stored->>(config->>'workspace_column'))::uuid END
$$;
CREATE OR REPLACE FUNCTION {schema}.sequitur_key(stored jsonb, config jsonb) RETURNS jsonb
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE jsonb_array_length(config->'key')
        WHEN 0 THEN NULL
        WHEN 1 THEN stored->(config->'key'->>0)
        ELSE (SELECT jsonb_agg(stored->part ORDER BY place)
              FROM jsonb_array_elements_text(config->'key') WITH ORDINALITY AS parts(part, place)) END
$$;
CREATE OR REPLACE FUNCTION {schema}.sequitur_note_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    config jsonb := TG_ARGV[0];  -- none for a statement
    before jsonb;
    after jsonb;
    old_place uuid;
    new_place uuid;
    differing jsonb;
    told text;
BEGIN
    IF TG_LEVEL = 'STATEMENT' THEN  -- once for all its rows, which may be many, and then the statement is long
        PERFORM set_config(
            'sequitur.cause', coalesce(substring(right(current_query(), 200) FROM {comment}), ''), true);
        RETURN NULL;
    END IF;
    told := coalesce(current_setting('sequitur.cause', true), '');
    IF TG_OP <> 'INSERT' THEN
        before := to_jsonb(OLD);
        old_place := {schema}.sequitur_place(before, config);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        after := to_jsonb(NEW);
        new_place := {schema}.sequitur_place(after, config);
    END IF;
    IF TG_OP = 'UPDATE' AND old_place IS NOT DISTINCT FROM new_place THEN
        SELECT {schema}.sequitur_shown(jsonb_object_agg(key, value), config) INTO differing
            FROM jsonb_each(before) WHERE value IS DISTINCT FROM after->key;
        IF new_place IS NOT NULL AND differing <> '{{}}' THEN
            INSERT INTO {table} (workspace_id, source, name, operation, key, old, new, cause, at) VALUES (
                new_place, config->>'source', config->>'name', 'UPDATE', {schema}.sequitur_key(after, config),
                differing, {schema}.sequitur_shown(after, config), told, clock_timestamp());
        END IF;
        RETURN NULL;
    END IF;
    IF old_place IS NOT NULL THEN  -- deleted, or moved to another workspace, which learns nothing of what it was
        INSERT INTO {table} (workspace_id, source, name, operation, key, old, cause, at) VALUES (
            old_place, config->>'source', config->>'name', 'DELETE', {schema}.sequitur_key(before, config),
            {schema}.sequitur_shown(before, config), told, clock_timestamp());
    END IF;
    IF new_place IS NOT NULL THEN
        INSERT INTO {table} (workspace_id, source, name, operation, key, new, cause, at) VALUES (
            new_place, config->>'source', config->>'name', 'INSERT', {schema}.sequitur_key(after, config),
            {schema}.sequitur_shown(after, config), told, clock_timestamp());
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION {schema}.sequitur_note_change() FROM PUBLIC;
"""
