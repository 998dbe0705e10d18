"""Records of the CRM for tests of actions, and the actions performed on them in their workspace."""

from dataclasses import replace
from typing import Any

from django.contrib.auth.models import User

from actions import checking
from actions.base import ActionCall
from actions.registry import action_types
from core import pointers
from core.models import Role, Workspace
from core.services import workspaces
from examples.crm.factories import DealFactory, LeadFactory

__all__ = ("DealFactory", "LeadFactory", "member", "perform", "problems")


def member(workspace: Workspace, name: str) -> User:
    """A user of this login, with an address of it, in the workspace."""
    user, _ = User.objects.get_or_create(username=name, defaults={"email": f"{name}@example.com"})
    workspaces.add_member(workspace, user=user, role=Role.EDITOR)
    return user


def perform(call: ActionCall, workspace: Workspace, type_: str, **params: Any) -> dict[str, Any]:
    """The output of the action for the workspace."""
    action_type = action_types.get(type_)
    made = replace(call, workspace_id=workspace.pk)
    return action_type.perform(checking.validated(action_type, params), made).output


def problems(type_: str, params: dict[str, Any]) -> dict[str, str]:
    """The code of each problem by where it is, as when a workflow is published."""
    found = checking.check_params(action_types.get(type_), params, path="")
    return {pointers.join("", *pointers.split(each.path)): each.code for each in found}
