"""Workspaces and access, for operators; dead letters: `admin_dead_letters.py`."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from core import tenancy
from core.actors import Actor
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
)
from core.services import audit, invitations, members, room, secrets, workspace_changes, workspaces

__all__ = ("DeadLetterAdmin",)  # importing it registers it


class MemberForm(ModelForm[Membership]):
    """A member's role; who it is does not change."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.user_id is not None:
            self.fields["user"].disabled = True


class MembershipInline(admin.TabularInline[Membership, Workspace]):
    """Who is in the workspace."""

    model = Membership
    form = MemberForm
    extra = 0
    fields = ["user", "role", "is_owner"]
    readonly_fields = ["is_owner"]  # passed on by a transfer alone
    autocomplete_fields = ["user"]


@admin.register(Workspace)
class WorkspaceAdmin(RowAdmin[Workspace]):
    """Tenants."""

    list_display = ["slug", "name", "time_zone", "created_at"]
    search_fields = ["slug", "name"]
    inlines = [MembershipInline]
    change_role = None  # its limits and its weight are for who runs the installation

    def save_model(self, request: HttpRequest, obj: Workspace, form: ModelForm[Workspace], change: bool) -> None:
        wanted = {name: form.cleaned_data[name] for name in form.changed_data}
        with tenancy.scope(obj.pk):
            workspace_changes.change(wanted, by=Actor(actor(request)))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Who is in it, by the services: keys of who leaves end, and there is always an admin where there was one."""
        by, workspace = Actor(actor(request)), form.instance
        rows = formset.save(commit=False)
        with tenancy.scope(workspace.pk):
            for row in rows:
                if row._state.adding:  # noqa: SLF001  documented by Django
                    workspaces.add_member(workspace, user=row.user, role=Role(row.role), by=by.name)
                else:
                    members.change_role(row.pk, Role(row.role), by=by)
            for row in formset.deleted_objects:
                members.remove(row.pk, by=by)

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
        is_revoked = obj.revoked_at is not None and "revoked_at" in form.changed_data
        ended = self._end_invitations(request, obj) if is_revoked else {}
        super().save_model(request, obj, form, change)
        before = {name: form.initial.get(name) for name in form.changed_data}
        after = {name: form.cleaned_data[name] for name in form.changed_data} | ended
        self._audit(request, obj, "revoked" if is_revoked else "changed", before=before, after=after)

    def delete_model(self, request: HttpRequest, obj: ApiKey) -> None:
        after = self._end_invitations(request, obj)
        self._audit(request, obj, "deleted", before={"name": obj.name, "prefix": obj.prefix}, after=after)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def _end_invitations(self, request: HttpRequest, row: ApiKey) -> dict[str, int]:
        """Of a key that ends; how many, for the trail. The workspace is locked before the key."""
        with tenancy.scope(row.workspace_id):
            room.locked()
            return {"invitations": invitations.revoke_of_key(row, by=Actor(actor(request)))}

    def _audit(self, request: HttpRequest, row: ApiKey, what: str, **values: Any) -> None:
        """What an operator changed here, in the trail of its workspace. Django's views are transactions."""
        with tenancy.scope(row.workspace_id):
            audit.record(f"api_key.{what}", by=actor(request), target="api_key", target_id=row.pk, **values)

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
        with tenancy.scope(obj.workspace_id):
            secrets.delete(obj.name, by=actor(request))

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
