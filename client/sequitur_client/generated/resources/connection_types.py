"""`client.connection_types`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from sequitur_client import binding
from sequitur_client.calls import Call, filled
from sequitur_client.generated import models as m


def connection_types_list() -> Call[m.ConnectionTypeListing]:
    """All connection types, with the JSON Schemas of what they take."""
    return Call(
        operation="connection_types_list",
        method="GET",
        path=filled("/api/v1/connection-types/"),
        answers={200: m.ConnectionTypeListing},
    )


class ConnectionTypes(binding.Resource):
    """What can be done with connection_types."""

    list = binding.listed(connection_types_list)


class AsyncConnectionTypes(binding.AsyncResource):
    """Calls that are awaited."""

    list = binding.awaited_list(connection_types_list)
