"""`client.action_types`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from sequitur_client import binding
from sequitur_client.calls import Call, filled
from sequitur_client.generated import models as m


def action_types_list() -> Call[m.ActionTypeListing]:
    """All action types, with the JSON Schema of their parameters."""
    return Call(
        operation="action_types_list",
        method="GET",
        path=filled("/api/v1/action-types/"),
        answers={200: m.ActionTypeListing},
    )


class ActionTypes(binding.Resource):
    """What can be done with action_types."""

    list = binding.listed(action_types_list)


class AsyncActionTypes(binding.AsyncResource):
    """Calls that are awaited."""

    list = binding.awaited_list(action_types_list)
