"""Workspaces and access, for operators; dead letters: `admin_dead_letters.py`."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from core import tenancy
from core.admin_actions import actor
from core.admin_dead_letters import DeadLetterAdmin
from core.admin_site import ReadOnlyAdmin, RowAdmin
from core.models import (
    ApiKey,
    AuditEntry,
    Heartbeat,
    IdempotentAnswer,
    Invitation,
    Membership,
    Role,
    Secret,
    ServiceAccount,
    Workspace,
    WorkspaceRow,
)
from core.services import audit


def _audit(request: HttpRequest, row: Workspace | WorkspaceRow, what: str, target: str, **also: Any) -> None:
    """What an operator changed here, in the trail of its workspace. Django's views are transactions."""
    with tenancy.scope(row.workspace_id if isinstance(row, WorkspaceRow) else row.pk):
        audit.record(f"{target}.{what}", by=actor(request), target=target, target_id=row.pk, after=also)


def _changed(form: ModelForm[Any]) -> dict[str, Any]:
    """The fields that the form changes, with their new values."""
    return {name: form.cleaned_data.get(name) for name in form.changed_data}


__all__ = ("DeadLetterAdmin",)  # importing it registers it


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
    change_role = None  # its limits and its weight are for who runs the installation

    def save_model(self, request: HttpRequest, obj: Workspace, form: ModelForm[Workspace], change: bool) -> None:
        super().save_model(request, obj, form, change)
        _audit(request, obj, "changed", "workspace", **_changed(form))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        removed = [(each.instance.pk, each.instance.user.get_username()) for each in formset.deleted_forms]
        super().save_formset(request, form, formset, change)
        for row, _ in formset.changed_objects:
            _audit(request, row, "changed", "member", user=row.user.get_username(), role=row.role)
        for row in formset.new_objects:
            _audit(request, row, "added", "member", user=row.user.get_username(), role=row.role)
        for uid, name in removed:
            with tenancy.scope(form.instance.pk):
                by = actor(request)
                audit.record("member.removed", by=by, target="member", target_id=uid, before={"user": name})

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
    fields = ["workspace", "name", "prefix", "role", "scopes", "expires_at", "revoked_at", "last_used_at", "created_at"]
    readonly_fields = ["workspace", "prefix", "scopes", "last_used_at", "created_at"]
    view_role = Role.ADMIN

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        """What was revoked stays so."""
        revoked = ["revoked_at", "expires_at"] if obj is not None and obj.revoked_at else []
        return [*self.readonly_fields, *revoked]

    def save_model(self, request: HttpRequest, obj: ApiKey, form: ModelForm[ApiKey], change: bool) -> None:
        super().save_model(request, obj, form, change)
        is_revoked = obj.revoked_at is not None and "revoked_at" in form.changed_data
        _audit(request, obj, "revoked" if is_revoked else "changed", "api_key", **_changed(form))

    def delete_model(self, request: HttpRequest, obj: ApiKey) -> None:
        _audit(request, obj, "deleted", "api_key", name=obj.name, prefix=obj.prefix)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(ServiceAccount)
class ServiceAccountAdmin(ReadOnlyAdmin[ServiceAccount]):
    """Members that are no people; the API makes and deletes them."""

    list_display = ["name", "role", "workspace", "created_by", "created_at"]
    list_filter = ["role"]
    search_fields = ["name"]
    view_role = Role.ADMIN


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin[Invitation]):
    """Who was asked to join, and what became of it."""

    list_display = ["email", "role", "workspace", "invited_by", "expires_at", "mailed_at", "accepted_at", "revoked_at"]
    search_fields = ["email"]
    view_role = Role.ADMIN


@admin.register(Secret)
class SecretAdmin(ReadOnlyAdmin[Secret]):
    """That secrets exist. Their values are not shown, here or anywhere; removing one is possible."""

    list_display = ["name", "workspace", "updated_at"]
    fields = ["workspace", "name", "created_at", "updated_at"]
    search_fields = ["name"]
    view_role = Role.EDITOR

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, Role.ADMIN, obj)

    def delete_model(self, request: HttpRequest, obj: Secret) -> None:
        _audit(request, obj, "deleted", "secret", name=obj.name)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Secret]) -> None:
        for row in queryset:
            self.delete_model(request, row)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    """Who changed what."""

    list_display = ["at", "seq", "action", "actor", "address", "target", "target_id", "reason", "workspace"]
    searched = ("id", "target_id")
    list_select_related = ["workspace"]
    view_role = Role.ADMIN


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin[Heartbeat]):
    """Who was at work lately: the workers, and beat."""

    list_display = ["name", "at"]
    view_role = None


@admin.register(IdempotentAnswer)
class IdempotentAnswerAdmin(ReadOnlyAdmin[IdempotentAnswer]):
    """Which requests had a key. What they were answered with is not shown."""

    list_display = ["created_at", "operation", "status", "caller", "key", "workspace", "expires_at"]
    fields = ["workspace", "operation", "status", "caller", "key", "fingerprint", "created_at", "expires_at"]
    searched = ("id", "key")
    list_select_related = ["workspace"]
    view_role = Role.ADMIN
