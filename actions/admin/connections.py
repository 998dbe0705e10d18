"""Connections, for operators: that they exist and how they are. What is secret about them is not shown."""

from django.contrib import admin
from django.utils.safestring import SafeString

from actions.models import Connection
from core.admin_site import ReadOnlyAdmin, pretty
from core.models import Role


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin[Connection]):
    """How workspaces reach services outside."""

    list_display = ["name", "kind", "workspace", "role", "expires_at", "needs_authorization", "last_used_at"]
    list_filter = ["needs_authorization"]
    list_select_related = ["workspace"]
    searched = ("id", "name", "kind")
    view_role = Role.EDITOR
    fields = [
        "workspace", "name", "kind", "shown_settings", "role", "expires_at", "needs_authorization", "last_used_at",
        "tested_at", "shown_test_error", "warned_for", "created_at", "updated_at",
    ]  # fmt: skip

    @admin.display(description="Settings")
    def shown_settings(self, row: Connection) -> SafeString:
        return pretty(row.settings)

    @admin.display(description="Error of the last test")
    def shown_test_error(self, row: Connection) -> SafeString:
        return pretty(row.test_error)
