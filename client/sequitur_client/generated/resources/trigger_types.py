"""`client.trigger_types`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from sequitur_client import binding
from sequitur_client.calls import Call, filled
from sequitur_client.generated import models as m


def trigger_types_list() -> Call[m.TriggerTypeListing]:
    """All trigger types, with the JSON Schema of their parameters."""
    return Call(
        operation="trigger_types_list",
        method="GET",
        path=filled("/api/v1/trigger-types/"),
        answers={200: m.TriggerTypeListing},
    )


class TriggerTypes(binding.Resource):
    """What can be done with trigger_types."""

    list = binding.listed(trigger_types_list)


class AsyncTriggerTypes(binding.AsyncResource):
    """Calls that are awaited."""

    list = binding.awaited_list(trigger_types_list)
