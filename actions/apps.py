"""Registration of the app with Django."""

from django.apps import AppConfig

from core import action_roles, discovery, plugins, ports


class ActionsConfig(AppConfig):
    """Names the app, and loads each file of `actions/types/` and each connector: a new type is a new file."""

    name = "actions"

    def ready(self) -> None:
        from actions import messages
        from actions.connectors import registering
        from actions.models import Connection
        from actions.registry import action_types

        action_roles.connect(lambda: {name: action_types.get(name).key for name in action_types.keys()})  # noqa: SIM118  a Registry iterates over its items
        ports.connect_count("max_connections", lambda now: Connection.objects.count())
        plugins.reads("connectors", "*.yaml", registering.register_file)
        plugins.reads("message_templates", "*.txt", messages.check)
        discovery.import_all("actions.connections.types")
        discovery.import_all("actions.channels.types")
        discovery.import_all("actions.types")
        registering.register_shipped()
