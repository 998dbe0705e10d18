"""Connections, for operators: that they exist and how they are. What is secret about them is not shown."""
"""Connectors, for operators."""
"""What actions keep, for operators."""

from django.contrib import admin
from django.utils.safestring import SafeString

from actions.models import Connection
from core.admin_site import ReadOnlyAdmin, pretty


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin[Connection]):
    """How workspaces reach services outside."""

    list_display = ["name", "kind", "workspace", "role", "expires_at", "needs_authorization", "last_used_at"]
    list_filter = ["needs_authorization"]
    list_select_related = ["workspace"]
    search_fields = ["name", "kind__exact"]
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
"""The pages of `actions` for operators, a module for each of its questions."""

from actions.outbound_admin import OutboundHostAdmin

__all__ = ["OutboundHostAdmin"]
from actions.models import Connector
from core.admin_site import ReadOnlyAdmin, pretty


@admin.register(Connector)
class ConnectorAdmin(ReadOnlyAdmin[Connector]):
    """What a workspace says about APIs; it is changed over the API, which checks it."""

    list_display = ["name", "workspace", "version", "updated_at"]
    search_fields = ["name__exact"]
    list_select_related = ["workspace"]
    fields = ["workspace", "id", "name", "version", "described", "created_at", "updated_at"]
    readonly_fields = ["described", "created_at", "updated_at"]

    @admin.display(description="document")
    def described(self, row: Connector) -> SafeString:
        return pretty(row.document)
from actions.models import KeyValue, KeyValueChange
from core.admin_site import ReadOnlyAdmin, pretty


@admin.register(KeyValue)
class KeyValueAdmin(ReadOnlyAdmin[KeyValue]):
    """Values that workflows keep beyond their run."""

    list_display = ["namespace", "key", "workspace", "version", "expires_at", "updated_at"]
    search_fields = ["namespace__exact", "key__exact"]
    list_select_related = ["workspace"]
    fields = ["workspace", "id", "namespace", "key", "version", "expires_at", "updated_at", "kept"]
    readonly_fields = ["kept"]

    @admin.display(description="value")
    def kept(self, row: KeyValue) -> SafeString:
        return pretty(row.value)


@admin.register(KeyValueChange)
class KeyValueChangeAdmin(ReadOnlyAdmin[KeyValueChange]):
    """Which actions have made their change."""

    list_display = ["digest", "workspace", "made_at"]
    search_fields = ["digest__exact"]
    list_select_related = ["workspace"]
    fields = ["workspace", "id", "digest", "made_at", "came_to"]
    readonly_fields = ["came_to"]

    @admin.display(description="result")
    def came_to(self, row: KeyValueChange) -> SafeString:
        return pretty(row.result)
"""The pages of `actions` in the operators' admin; each of its questions has a module."""

from actions import message_admin

__all__ = ["message_admin"]
"""What actions wrote about records, for operators: looked at, never edited."""

from django.contrib import admin

from actions.models import Export, Note, RecordedEffect, Rotation, Tag, Task
from core.admin_site import ReadOnlyAdmin


@admin.register(Note)
class NoteAdmin(ReadOnlyAdmin[Note]):
    """Notes about records."""

    list_display = ["entity_type", "entity_id", "visibility", "text", "workspace", "created_at"]
    list_filter = ["visibility"]
    search_fields = ["entity_id"]


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin[Task]):
    """Tasks of people."""

    list_display = ["title", "assignee", "due_at", "priority", "done_at", "workspace"]
    list_filter = ["priority"]
    list_select_related = ["assignee", "workspace"]
    search_fields = ["title", "entity_id"]


@admin.register(Tag)
class TagAdmin(ReadOnlyAdmin[Tag]):
    """Words that records have."""

    list_display = ["name", "entity_type", "entity_id", "workspace"]
    search_fields = ["name", "entity_id"]


@admin.register(RecordedEffect)
class RecordedEffectAdmin(ReadOnlyAdmin[RecordedEffect]):
    """What was done already."""

    list_display = ["key", "action_type", "workspace", "created_at"]
    search_fields = ["key"]


@admin.register(Rotation)
class RotationAdmin(ReadOnlyAdmin[Rotation]):
    """Whose turn it is."""

    list_display = ["name", "last", "workspace", "updated_at"]
    search_fields = ["name"]


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin[Export]):
    """Files of records."""

    list_display = ["entity_type", "export_type", "rows", "size_bytes", "path", "sent_at", "workspace", "created_at"]
    search_fields = ["key", "path"]
