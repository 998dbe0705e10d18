"""`postgres`: a PostgreSQL database that workflows may ask, and change where an admin allows it."""

from actions.connections.base import ConnectionType, TestCall
from actions.connections.registry import register
from actions.databases import sessions
from actions.databases.account import Account, PostgresSecrets, PostgresSettings


class Postgres(ConnectionType[PostgresSettings, PostgresSecrets]):
    """A role with a password. What it may do in the database is what workflows may do there."""

    key = "postgres"
    title = "PostgreSQL"
    description = "A database for db_query, and for db_execute where allow_writes is set."
    icon = "database"
    settings_model = PostgresSettings
    secrets_model = PostgresSecrets
    address_fields = frozenset({"host", "port", "sslmode"})  # how well the way is guarded, too

    def test(self, opened: Account, call: TestCall) -> str:
        with sessions.begun(opened, timeout_seconds=call.timeout_seconds, is_read_only=True) as session:
            row = session.execute(
                "SELECT current_setting('server_version'), EXISTS (SELECT FROM information_schema.table_privileges"
                " WHERE privilege_type IN ('INSERT', 'UPDATE', 'DELETE') AND grantee IN (current_user, 'PUBLIC'))"
            ).fetchone()
        version, may_write = row or ("?", False)
        can = "can write to some tables" if may_write else "cannot write to any table"
        return f"PostgreSQL {str(version)[:40]} answers; the role {can}."


register(Postgres())
