"""`client.plugins`. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

from sequitur_client import binding
from sequitur_client.calls import Call, filled
from sequitur_client.generated import models as m


def plugins_list() -> Call[m.PluginListing]:
    """All plugins that the operator named, faulty ones with the reason."""
    return Call(operation="plugins_list", method="GET", path=filled("/api/v1/plugins/"), answers={200: m.PluginListing})


class Plugins(binding.Resource):
    """What can be done with plugins."""

    list = binding.listed(plugins_list)


class AsyncPlugins(binding.AsyncResource):
    """Calls that are awaited."""

    list = binding.awaited_list(plugins_list)
