"""Registration of the app with Django."""

from django.apps import AppConfig

from core import plugins


class TriggersConfig(AppConfig):
    """Finds the trigger types."""

    name = "triggers"

    def ready(self) -> None:
        plugins.import_all("triggers.types")
