"""Registration of the plugin: `SEQUITUR_PLUGINS=examples.streaming`."""

from pathlib import Path

from django.apps import AppConfig


class StreamingConfig(AppConfig):
    """Registers the connector, and then the action types that use its connections."""

    name = "examples.streaming"
    label = "streaming"

    def ready(self) -> None:
        from actions.connectors import registering
        from core import discovery

        registering.register_files(sorted((Path(__file__).parent / "connectors").glob("*.yaml")))
        discovery.import_all("examples.streaming.action_types")
