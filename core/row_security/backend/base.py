"""The backend's `DatabaseWrapper`, where Django looks for it."""

from typing import Any

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base

from core.row_security import cursors


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL's, with cursors that follow the scope; as it is in the server's own database, where no tenants are."""

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()
        if self.alias != NO_DB_ALIAS:
            parameters["cursor_factory"] = cursors.Cursor
        return parameters

    def create_cursor(self, name: str | None = None) -> Any:
        if name is None:
            return super().create_cursor()
        raw = self.connection
        make: Any = cursors.ServerSideCursor  # of which Django's stubs know nothing
        return make(raw, name=name, scrollable=False, withhold=raw.autocommit)
