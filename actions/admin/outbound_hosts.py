"""The hosts that are left alone or counted at the moment, for operators."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from actions.models import OutboundHost
from actions.outbound import remembered
from core import tenancy
from core.admin_actions import actor
from core.admin_site import ReadOnlyAdmin
from core.models import Role


@admin.register(OutboundHost)
class OutboundHostAdmin(ReadOnlyAdmin[OutboundHost]):
    """What is remembered of hosts. Deleting a row forgets it: the host is called again at once."""

    delete_role = Role.OPERATOR
    list_display = ["host", "workspace", "state", "last_failure", "updated_at"]
    search_fields = ["host"]

    @admin.display(description="circuit")
    def state(self, row: OutboundHost) -> str:
        return remembered.circuit_of(row).state

    def delete_model(self, request: HttpRequest, obj: OutboundHost) -> None:
        with tenancy.scope(obj.workspace_id):
            remembered.reset(obj.host, by=actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[OutboundHost]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def has_delete_permission(self, request: HttpRequest, obj: OutboundHost | None = None) -> bool:
        return self.may(request, Role.OPERATOR, obj)
