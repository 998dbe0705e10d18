"""Who of the staff may do what in the admin: superusers everything, everybody else what their memberships say.

Django's own permissions are not asked for our rows: they know no workspace. Somebody who was taken out of a workspace
must not see more for it, so staff without a membership see nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model, Q
from django.http import HttpRequest

from core.models import Membership, Role, Workspace


@dataclass(frozen=True, slots=True)
class Reach:
    """Somebody's role in each workspace of theirs; `roles` is None for who may do everything everywhere."""

    roles: Mapping[UUID, Role] | None

    @property
    def is_everything(self) -> bool:
        return self.roles is None

    def includes(self, needed: Role, workspace_id: UUID | None) -> bool:
        """Whether they may do what needs this role in a workspace; what is of no workspace is for superusers."""
        if self.roles is None:
            return True
        role = self.roles.get(workspace_id) if workspace_id is not None else None
        return role is not None and role.includes(needed)

    def includes_any(self, needed: Role) -> bool:
        """Whether there is a workspace in which they may."""
        return self.roles is None or any(role.includes(needed) for role in self.roles.values())

    def role_in(self, workspace_id: UUID) -> Role:
        """Their role in a workspace; a superuser is an admin of each. Raises KeyError for one that is not theirs."""
        return Role.ADMIN if self.roles is None else self.roles[workspace_id]

    def workspaces(self, needed: Role) -> list[UUID]:
        """Those in which they may; of who may everywhere: none, so ask `is_everything` first."""
        return [id_ for id_, role in (self.roles or {}).items() if role.includes(needed)]


def of(request: HttpRequest) -> Reach:
    """The reach of who is asking, read once for each request. Needs the unscoped part that pages of the admin are."""
    known: Reach | None = getattr(request, "_reach", None)
    if known is None:
        known = _read(request.user)
        request._reach = known  # type: ignore[attr-defined]  # noqa: SLF001  ours, kept as long as the request
    return known


def _read(user: Any) -> Reach:
    if not (user.is_active and user.is_staff):
        return Reach({})
    if user.is_superuser:
        return Reach(None)
    rows = Membership.objects.filter(user=user).values_list("workspace_id", "role")
    return Reach({workspace_id: Role(role) for workspace_id, role in rows})


def column_of(model: type[Model]) -> str | None:
    """The column of a model that says the workspace; None for what belongs to none."""
    if model is Workspace:
        return "id"
    names = {field.attname for field in model._meta.concrete_fields}  # noqa: SLF001  documented by Django
    return "workspace_id" if "workspace_id" in names else None


def within(model: type[Model], reach: Reach, needed: Role) -> Q:
    """The rows of a model with which somebody may do what needs this role."""
    if reach.is_everything:
        return Q()
    column = column_of(model)
    return Q(**{f"{column}__in": reach.workspaces(needed)}) if column else Q(pk__in=[])
