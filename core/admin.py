"""Workspaces and access, for operators."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.admin_site import ReadOnlyAdmin, RowAdmin
from core.models import ApiKey, Membership, Secret, Workspace


class MembershipInline(admin.TabularInline[Membership, Workspace]):
    """Who is in the workspace."""

    model = Membership
    extra = 0
    autocomplete_fields = ["user"]


@admin.register(Workspace)
class WorkspaceAdmin(RowAdmin[Workspace]):
    """Tenants."""

    list_display = ["slug", "name", "time_zone", "created_at"]
    search_fields = ["slug", "name"]
    inlines = [MembershipInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # `manage.py create_workspace` makes them, with what belongs to one

    def has_delete_permission(self, request: HttpRequest, obj: Workspace | None = None) -> bool:
        return False  # would delete all that ever happened in it


@admin.register(ApiKey)
class ApiKeyAdmin(RowAdmin[ApiKey]):
    """Keys can be looked at, limited and revoked; `manage.py create_api_key` makes them, and shows them once."""

    list_display = ["name", "prefix", "workspace", "role", "last_used_at", "expires_at", "revoked_at"]
    list_filter = ["role"]
    search_fields = ["name", "prefix"]
    fields = ["workspace", "name", "prefix", "role", "expires_at", "revoked_at", "last_used_at", "created_at"]
    readonly_fields = ["workspace", "prefix", "last_used_at", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Secret)
class SecretAdmin(ReadOnlyAdmin[Secret]):
    """That secrets exist. Their values are not shown, here or anywhere; removing one is possible."""

    list_display = ["name", "workspace", "updated_at"]
    fields = ["workspace", "name", "created_at", "updated_at"]
    search_fields = ["name"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("core.delete_secret")
