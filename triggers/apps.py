"""Registration of the app with Django."""

from django.apps import AppConfig

from core import discovery, plugins


class TriggersConfig(AppConfig):
    """Finds the schemes of verification, and the trigger types."""

    name = "triggers"

    def ready(self) -> None:
        from triggers.services import event_type_files

        plugins.reads("event_types", "*.yaml", event_type_files.check)
        discovery.import_all("triggers.verification")
        discovery.import_all("triggers.types")
