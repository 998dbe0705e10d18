"""Who was told of what."""

from django.contrib import admin
from django.utils.safestring import SafeString

from core.admin_site import ReadOnlyAdmin, pretty
from workflows.models import NotificationDelivery


@admin.register(NotificationDelivery)
class NotificationDeliveryAdmin(ReadOnlyAdmin[NotificationDelivery]):
    """Who was told of what. It is replayed through the API."""

    list_display = ["trigger", "policy", "channel", "to", "status", "workflow", "workspace", "created_at", "sent_at"]
    list_filter = ["status"]
    searched = ("id", "run", "workflow", "workflow__slug")
    list_select_related = ["workflow", "workspace"]
    exclude = ["attempts", "about", "error"]
    readonly_fields = ["tries", "happened", "shown_error"]

    @admin.display(description="tries")
    def tries(self, row: NotificationDelivery) -> SafeString:
        return pretty(row.attempts)

    @admin.display(description="what happened")
    def happened(self, row: NotificationDelivery) -> SafeString:
        return pretty(row.about)

    @admin.display(description="error")
    def shown_error(self, row: NotificationDelivery) -> SafeString:
        return pretty(row.error)
