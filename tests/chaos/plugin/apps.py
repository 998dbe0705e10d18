"""A plugin of the product, loaded by `SEQUITUR_PLUGINS` in the processes of the chaos test."""

from django.apps import AppConfig


class ChaosConfig(AppConfig):
    """Registers the action types below when Django starts."""

    name = "tests.chaos.plugin"
    label = "chaos"

    def ready(self) -> None:
        from tests.chaos.plugin import types  # noqa: F401  importing it registers them
