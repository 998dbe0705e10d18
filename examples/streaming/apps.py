"""Registration of the plugin: `SEQUITUR_PLUGINS=examples.streaming`."""

from django.apps import AppConfig


class StreamingConfig(AppConfig):
    """What it brings is found by where it stands."""

    name = "examples.streaming"
    label = "streaming"
    verbose_name = "Streaming (example)"
