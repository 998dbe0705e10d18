"""Connectors, for operators."""

from django.contrib import admin
from django.utils.safestring import SafeString

from actions.models import Connector
from core.admin_site import ReadOnlyAdmin, pretty


@admin.register(Connector)
class ConnectorAdmin(ReadOnlyAdmin[Connector]):
    """What a workspace says about APIs; it is changed over the API, which checks it."""

    list_display = ["name", "workspace", "version", "updated_at"]
    searched = ("id", "name")
    list_select_related = ["workspace"]
    fields = ["workspace", "id", "name", "version", "described", "created_at", "updated_at"]
    readonly_fields = ["described", "created_at", "updated_at"]

    @admin.display(description="document")
    def described(self, row: Connector) -> SafeString:
        return pretty(row.document)
