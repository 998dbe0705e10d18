"""Messages and inboxes, for operators. Messages are edited through the API, so that nothing gets around the check."""

from django.contrib import admin
from django.utils.safestring import SafeString

from actions.models import InboxItem, MessageTemplate, MessageTemplateVersion
from core.admin_site import ReadOnlyAdmin, pretty
from core.models import Role


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyAdmin[MessageTemplate]):
    """What workspaces call their messages."""

    list_display = ["name", "title", "workspace", "updated_at"]
    search_fields = ["name", "title"]
    list_select_related = ["workspace"]
    fields = ["workspace", "id", "name", "title", "created_at", "updated_at"]


@admin.register(MessageTemplateVersion)
class MessageTemplateVersionAdmin(ReadOnlyAdmin[MessageTemplateVersion]):
    """What they say, and said."""

    list_display = ["template", "number", "created_by", "created_at", "workspace"]
    searched = ("id", "template", "template__name")
    list_select_related = ["template", "workspace"]
    fields = ["workspace", "id", "template", "number", "subject", "text", "html", "samples", "created_by", "created_at"]
    readonly_fields = ["samples"]

    @admin.display(description="sample variables")
    def samples(self, row: MessageTemplateVersion) -> SafeString:
        return pretty(row.sample_variables)


@admin.register(InboxItem)
class InboxItemAdmin(ReadOnlyAdmin[InboxItem]):
    """What members were told."""

    list_display = ["__str__", "user", "kind", "workspace", "created_at", "read_at"]
    searched = ("id", "recipient")
    view_role = Role.ADMIN  # over the API, members read only their own
    list_select_related = ["workspace", "user"]
