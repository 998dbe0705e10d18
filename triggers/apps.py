"""Registration of the app with Django."""

from django.apps import AppConfig

from core import discovery, plugins


class TriggersConfig(AppConfig):
    """Finds the schemes of verification, and the trigger types."""

    name = "triggers"

    def ready(self) -> None:
        from core import ports
        from core.models import LetterKind
        from core.redrivers import redrivers
        from triggers.services import event_type_files, giving_up, quotas

        redrivers.register(LetterKind.EVENT, giving_up.redrive)
        plugins.reads("event_types", "*.yaml", event_type_files.check)
        ports.connect_count("max_events_per_day", quotas.counted)
        discovery.import_all("triggers.verification")
        discovery.import_all("triggers.types")
