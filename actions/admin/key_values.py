"""What actions keep, for operators."""

from django.contrib import admin
from django.utils.safestring import SafeString

from actions.models import KeyValue
from core.admin_site import ReadOnlyAdmin, pretty
from core.models import Role


@admin.register(KeyValue)
class KeyValueAdmin(ReadOnlyAdmin[KeyValue]):
    """Values that workflows keep beyond their run."""

    list_display = ["namespace", "key", "workspace", "version", "expires_at", "updated_at"]
    searched = ("id", "namespace", "key")
    view_role = Role.OPERATOR
    list_select_related = ["workspace"]
    fields = ["workspace", "id", "namespace", "key", "version", "expires_at", "updated_at", "kept"]
    readonly_fields = ["kept"]

    @admin.display(description="value")
    def kept(self, row: KeyValue) -> SafeString:
        return pretty(row.value)
