"""Registration of the app with Django."""

from django.apps import AppConfig

from core import discovery


class TriggersConfig(AppConfig):
    """Finds the schemes of verification, and the trigger types."""

    name = "triggers"

    def ready(self) -> None:
        discovery.import_all("triggers.verification")
        discovery.import_all("triggers.types")
