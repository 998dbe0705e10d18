"""`client.action_roles`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from sequitur_client import binding
from sequitur_client.calls import Call, filled, given
from sequitur_client.generated import models as m


def action_roles_retrieve() -> Call[m.ActionRoles]:
    """Which role each limited action type is for."""
    return Call(
        operation="action_roles_retrieve",
        method="GET",
        path=filled("/api/v1/action-roles/"),
        answers={200: m.ActionRoles},
    )


def action_roles_update(*, roles: dict[str, m.Allowed], if_match: str | None = None) -> Call[m.ActionRoles]:
    """Replace all limits. They hold for what is published, and for each action that runs, from now on.

    roles: Such as {"db_query": "admin", "ai_agent": "nobody"}
    """
    return Call(
        operation="action_roles_update",
        method="PUT",
        path=filled("/api/v1/action-roles/"),
        answers={200: m.ActionRoles},
        body=given({"roles": roles}),
        if_match=if_match,
    )


class ActionRoles(binding.Resource):
    """What can be done with action_roles."""

    retrieve = binding.called(action_roles_retrieve)
    update = binding.called(action_roles_update)


class AsyncActionRoles(binding.AsyncResource):
    """Calls that are awaited."""

    retrieve = binding.awaited(action_roles_retrieve)
    update = binding.awaited(action_roles_update)
